//! The commits of a range in a repository, listed or counted.

use std::borrow::Cow;

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde_json::json;

use crate::adapters::git::WalkLimits;
use crate::catalogue::Catalogue;
use crate::cli::client::Client;
use crate::cli::progress::progress;
use crate::cli::{Exit, Format, Shell, json};
use crate::detect::Detected;
use crate::gather::detect_in;
use crate::model::{Authorship, Oid};
use crate::objects::{Commit, commit};
use crate::render::authorship_list::{AuthorshipList, Row};
use crate::render::authorship_summary::AuthorshipSummary;

/// The most commits that are read at once, and the longest of them in bytes.
const LIMITS: WalkLimits = WalkLimits { commits: 5_000_000, commit_bytes: 16 << 20 };

/// A commit as it was read.
struct Read {
    id: Oid,
    /// When it was committed, as it claims itself.
    at: Option<Timestamp>,
    subject: String,
    detected: Detected,
}

/// Lists the commits: those with a sign of an agent or robot, or all.
pub(super) fn list(catalogue: &Catalogue, range: &str, all: bool, shell: &mut Shell<'_>) -> Result<Exit> {
    let client = Client::open(shell)?;
    let mut listing = AuthorshipList::default();
    if shell.format == Format::Human {
        walk(&client, catalogue, range, shell, &mut |read, _| {
            listing.add(&row(&read), all || read.detected.authorship != Authorship::Unmarked);
            Ok(())
        })?;
        write!(shell.out, "{}", listing.render(shell.color_out))?;
    } else {
        let format = shell.format;
        walk(&client, catalogue, range, shell, &mut |read, out| json::write_for(format, out, &as_json(&read)))?;
    }
    Ok(Exit::Permitted)
}

/// Counts the commits by month and agent.
pub(super) fn summarize(catalogue: &Catalogue, range: &str, shell: &mut Shell<'_>) -> Result<Exit> {
    let client = Client::open(shell)?;
    let mut summary = AuthorshipSummary::default();
    walk(&client, catalogue, range, shell, &mut |read, _| {
        let month = read.at.map_or_else(|| "unknown".to_owned(), |at| at.strftime("%Y-%m").to_string());
        summary.count(month, read.detected.authorship, &read.detected.agents);
        Ok(())
    })?;
    match shell.format {
        Format::Human => write!(shell.out, "{}", summary.render(shell.color_out))?,
        _ => json::write_for(shell.format, shell.out, &summary.to_json())?,
    }
    Ok(Exit::Permitted)
}

/// Reads every commit of the range and hands it on, together with standard output.
fn walk(
    client: &Client,
    catalogue: &Catalogue,
    range: &str,
    shell: &mut Shell<'_>,
    visit: &mut dyn FnMut(Read, &mut dyn std::io::Write) -> Result<()>,
) -> Result<()> {
    let (include, exclude) = ends(client, range)?;
    let mut progress = progress(shell.err, shell.shows_progress, "reading commits", None);
    let mut outcome = Ok(());
    client.repository.walk_commits(&[include], &exclude, &LIMITS, &mut |id, raw| {
        if outcome.is_ok() {
            progress.step(1);
            outcome = visit(read(id, raw, catalogue), &mut *shell.out);
        }
    })?;
    progress.finish();
    outcome
}

/// Returns the commit to start from, and those whose history is left out.
fn ends(client: &Client, range: &str) -> Result<(Oid, Vec<Oid>)> {
    if range.contains("...") {
        bail!("`A...B` is no range here; write OLD..NEW");
    }
    let or_head = |revision: &str| client.commit(if revision.is_empty() { "HEAD" } else { revision });
    match range.split_once("..") {
        Some((old, new)) => Ok((or_head(new)?, vec![or_head(old)?])),
        None => Ok((client.commit(range)?, Vec::new())),
    }
}

/// Reads one commit as a gate reads it. One that is not in canonical form tells nothing.
fn read(id: Oid, raw: &[u8], catalogue: &Catalogue) -> Read {
    match commit::parse(raw, LIMITS.commit_bytes) {
        Ok(commit) => Read {
            id,
            at: Timestamp::from_second(commit.committer.time).ok(),
            subject: subject(&commit),
            detected: detect_in(&commit, catalogue),
        },
        Err(malformed) => Read {
            id,
            at: None,
            subject: format!("(not in canonical form: {malformed})"),
            detected: Detected {
                authorship: Authorship::Undetermined,
                agents: Vec::new(),
                evidence: Vec::new(),
                hints: Vec::new(),
                co_authors: Vec::new(),
                committer_only: false,
            },
        },
    }
}

fn subject(commit: &Commit<'_>) -> String {
    let message = commit
        .decode(commit.message)
        .unwrap_or_else(|| Cow::Owned(String::from_utf8_lossy(commit.message).into_owned()));
    message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

fn row(read: &Read) -> Row<'_> {
    Row {
        id: read.id,
        authorship: read.detected.authorship,
        agents: &read.detected.agents,
        evidence: &read.detected.evidence,
        subject: &read.subject,
    }
}

fn as_json(read: &Read) -> serde_json::Value {
    let Detected { authorship, agents, evidence, hints, .. } = &read.detected;
    let mut line = json!({
        "id": read.id.to_string(), "authorship": authorship, "agents": agents, "evidence": evidence,
        "subject": read.subject, "at": read.at,
    });
    if !hints.is_empty()
        && let Some(line) = line.as_object_mut()
    {
        line.insert("hints".to_owned(), json!(hints));
    }
    line
}

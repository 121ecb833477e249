//! `countersign doctor --github OWNER/REPO`: every way around the gate in a repository's settings on GitHub.

mod access;
mod app;
mod branches;
mod bypass;
mod environments;
mod fix;
mod merging;
mod probes;
mod ruleset_change;
mod seen;
mod tags;
mod tally;
mod unknown;

use anyhow::{Context as _, Result};
use serde_json::json;

use self::access::Access;
pub use self::access::GitHubArgs;
use self::seen::Seen;
use super::super::{Exit, Format, Shell, json};
use crate::adapters::github::inspector::{Inspector, Reader};
use crate::render::checkup::{self, Finding, Weight};

/// Runs the command.
///
/// # Errors
/// When the repository cannot be read at all, or the answer cannot be written.
pub fn run(args: &GitHubArgs, repository: &str, shell: &mut Shell<'_>) -> Result<Exit> {
    let access = match Access::of(args, repository, shell) {
        Ok(access) => access,
        Err(why) => {
            writeln!(shell.err, "countersign: {why}")?;
            return Ok(Exit::Usage);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting")?;
    runtime.block_on(examine(&access, args, shell))
}

async fn examine(access: &Access, args: &GitHubArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut inspector = Inspector::new(&access.options)?;
    let mut seen = look(&mut inspector, access).await?;
    if args.fix {
        match fix::run(&seen, &inspector, args.yes, shell).await? {
            fix::Ended::Written => seen = look(&mut inspector, access).await?,
            fix::Ended::NothingToWrite | fix::Ended::Declined => {}
            fix::Ended::Impossible => return Ok(Exit::Usage),
        }
    }
    let findings = findings(&seen);
    show(&seen, &findings, shell)?;
    let has = |weight: Weight| findings.iter().any(|finding| finding.weight == weight);
    Ok(match (has(Weight::Hole), has(Weight::Unknown)) {
        (true, _) => Exit::Refused,
        (false, true) => Exit::Undetermined,
        (false, false) => Exit::Permitted,
    })
}

/// Reads everything that is looked at.
async fn look(inspector: &mut Inspector, access: &Access) -> Result<Seen> {
    let (mut app, mut installation) = (None, None);
    if access.has_app {
        app = Some(inspector.app().await);
        installation = Some(inspector.installation(&access.repository).await);
    }
    if !access.reads_with_token {
        let reader = match installation.as_ref() {
            Some(Ok(found)) => Reader::Installation(found.id),
            Some(Err(error)) => {
                let name = &access.repository;
                anyhow::bail!(
                    "the App cannot look at {name}: {error}. Is it installed there? `--token-file` looks as well"
                )
            }
            None => Reader::Token,
        };
        inspector.read_as(reader);
    }
    let mut seen = Seen::read(inspector, access).await.with_context(|| format!("reading {}", access.repository))?;
    (seen.app, seen.installation) = (app, installation);
    Ok(seen)
}

/// Returns everything that was found, worst first.
fn findings(seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    branches::check(seen, &mut findings);
    merging::check(seen, &mut findings);
    environments::check(seen, &mut findings);
    app::check(seen, &mut findings);
    findings.sort_by_key(|finding| finding.weight);
    findings
}

fn show(seen: &Seen, findings: &[Finding], shell: &mut Shell<'_>) -> Result<()> {
    let name = seen.name.to_string();
    match shell.format {
        Format::Human => {
            let text = checkup::render(&name, findings, shell.verbose > 0, shell.color_out);
            write!(shell.out, "{text}")?;
        }
        _ => {
            let findings: Vec<_> = findings.iter().map(Finding::to_json).collect();
            json::write_for(shell.format, shell.out, &json!({ "repository": name, "findings": findings }))?;
        }
    }
    Ok(())
}

//! `doctor --github … --fix`: shows the rulesets that are missing, asks, writes them with somebody's token.
//!
//! Nothing else is ever written, and never as the App. Whether it helped is read from GitHub afterwards.

use std::io::BufRead as _;

use anyhow::{Context as _, Result, bail};

use super::branches::is_sound;
use super::ruleset_change::{Change, change, difference};
use super::seen::Seen;
use crate::adapters::github::inspector::{Inspector, Ruleset};
use crate::cli::Shell;
use crate::render::text::safe;
use crate::service::check_name;

/// The longest answer, in bytes.
const LONGEST_ANSWER: u64 = 1 << 10;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Everything was written.
    Written,
    /// Every branch is guarded already.
    NothingToWrite,
    /// The answer was no.
    Declined,
    /// There is no policy that says what to write.
    Impossible,
}

/// Shows, asks and writes.
///
/// # Errors
/// When GitHub refuses; what was written before that stays.
pub(super) async fn run(seen: &Seen, inspector: &Inspector, is_sure: bool, shell: &mut Shell<'_>) -> Result<Ended> {
    if let Err(why) = &seen.policy {
        writeln!(shell.err, "countersign: without a policy nobody knows what to require: {}", safe(why))?;
        return Ok(Ended::Impossible);
    }
    let changes = changes(seen, inspector).await?;
    if changes.is_empty() {
        writeln!(shell.err, "countersign: every branch that a gate names has its ruleset; nothing to write\n")?;
        return Ok(Ended::NothingToWrite);
    }
    for change in &changes {
        show(seen, change, shell)?;
    }
    if !is_sure && !agreed(changes.len(), shell)? {
        writeln!(shell.err, "Nothing was written.\n")?;
        return Ok(Ended::Declined);
    }
    for change in &changes {
        let written = inspector.write_ruleset(&seen.name, change.replaces, &change.after).await;
        let number = written
            .with_context(|| format!("writing the ruleset {}; the token needs administration: write", change.name))?;
        writeln!(shell.err, "Wrote ruleset {number}, \"{}\".", safe(&change.name))?;
    }
    writeln!(shell.err, "What GitHub says now:\n")?;
    Ok(Ended::Written)
}

/// Returns what is to be written.
async fn changes(seen: &Seen, inspector: &Inspector) -> Result<Vec<Change>> {
    let (Ok(policy), Some(app_id)) = (&seen.policy, seen.app_id) else { return Ok(Vec::new()) };
    let listed = seen.listed.as_ref().map_err(Clone::clone).context("reading the rulesets that are there")?;
    let mut changes = Vec::new();
    for branch in seen.branches.iter().filter(|branch| !is_sound(seen, branch)) {
        let name = check_name(&format!("refs/heads/{}", branch.name));
        let is_it = |one: &&Ruleset| {
            one.name == name
                && one.source_type.as_deref() == Some("Repository")
                && one.target.as_deref() == Some("branch")
        };
        let there = match listed.iter().find(is_it) {
            Some(one) => {
                Some(inspector.ruleset(&seen.name, one.id).await.context("reading the ruleset that is there")?)
            }
            None => None,
        };
        if there.as_ref().is_some_and(|there| there.rules.is_none() || there.conditions.is_none()) {
            bail!("GitHub does not tell all of the ruleset \"{}\" that is there; it is left as it is", safe(&name));
        }
        let change = change(&branch.name, app_id, policy.protect, there.as_ref());
        if change.before != change.after {
            changes.push(change);
        }
    }
    Ok(changes)
}

fn show(seen: &Seen, change: &Change, shell: &mut Shell<'_>) -> Result<()> {
    let what = match change.replaces {
        Some(number) => format!("Change ruleset {number}"),
        None => "Make the ruleset".to_owned(),
    };
    writeln!(shell.err, "{what} \"{}\" of {}:\n", safe(&change.name), seen.name)?;
    for line in difference(change) {
        writeln!(shell.err, "  {}", safe(&line))?;
    }
    writeln!(shell.err)?;
    Ok(())
}

fn agreed(number: usize, shell: &mut Shell<'_>) -> Result<bool> {
    let what = if number == 1 { "exactly this".to_owned() } else { format!("these {number} rulesets") };
    write!(shell.err, "Write {what}? [y/N] ")?;
    shell.err.flush()?;
    let mut line = String::new();
    let mut input: &mut dyn std::io::BufRead = shell.input;
    std::io::Read::take(&mut input, LONGEST_ANSWER).read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

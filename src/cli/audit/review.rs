//! `countersign audit review`: what became of an override, said by somebody who had no part in it.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::place::{Place, PlaceArgs, Purpose};
use crate::audit::answer::OverrideUse;
use crate::audit::error::LedgerError;
use crate::audit::event::{Event, ReviewOutcome};
use crate::audit::request::Review;
use crate::cli::{Exit, Format, Shell, json};
use crate::hook::policy_in_force;
use crate::model::terminal_safe;
use crate::policy::{Policy, load};
use crate::render::ledger::reviews_table;

/// Record what the review of an override came to; without an id, list what waits for one
///
/// The reviewer is one of the policy's people who neither gave the override nor worked on the
/// change that it let pass. Who runs this command on the server is taken at their word about who
/// reviewed; the entry stays for good.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign audit review\n  \
    countersign audit review 5d0c1f --outcome justified --by grace")]
pub struct Args {
    /// The override's id, or the beginning of it
    #[arg(value_name = "OVERRIDE", requires = "outcome", requires = "by")]
    id: Option<String>,
    /// Whether it was right to override
    #[arg(long, value_enum)]
    outcome: Option<Outcome>,
    /// Who reviewed: a person's id in the policy
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// The policy with the people, for a ledger without a repository here
    #[arg(long, value_name = "FILE", requires = "repository", conflicts_with = "repo")]
    policy: Option<PathBuf>,
    /// Whose overrides, as the ledger names the repository
    #[arg(long, value_name = "NAME", requires = "policy")]
    repository: Option<String>,
}

/// What a review can come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Outcome {
    /// It was right.
    Justified,
    /// It should not have been given.
    NotJustified,
}

/// Runs the command.
pub(super) fn run(args: &Args, place: &PlaceArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let purpose = if args.id.is_some() { Purpose::Writing } else { Purpose::Reading };
    let mut place = place.open(purpose, shell)?;
    let (name, policy) = whose(args, &place, shell)?;
    let waiting = place.book.unreviewed(&name)?;
    match (&args.id, args.outcome, &args.by) {
        (Some(id), Some(outcome), Some(by)) => record(id, outcome, by, &name, &policy, waiting, &mut place, shell),
        _ => list(&waiting, &policy, shell),
    }
}

/// Returns the repository's name in the ledger, and its policy.
fn whose(args: &Args, place: &Place, shell: &Shell<'_>) -> Result<(String, Policy)> {
    if let (Some(path), Some(name)) = (&args.policy, &args.repository) {
        let path = shell.directory.join(path);
        let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        return Ok((name.clone(), load(&text, &path.display().to_string())?.policy));
    }
    let Some((repository, settings)) = &place.gate else {
        bail!(
            "whose review this is follows from a repository's policy; name it with `--repo DIR`, or with \
             `--policy FILE --repository NAME`"
        );
    };
    Ok((settings.repository.clone(), policy_in_force::read(settings, repository)?.policy))
}

fn list(waiting: &[OverrideUse], policy: &Policy, shell: &mut Shell<'_>) -> Result<Exit> {
    if shell.format != Format::Human {
        for used in waiting {
            let line = json!({
                "override": used.id, "repository": used.repository, "people": used.people, "at": used.at,
                "entry": used.entry,
            });
            json::write_for(shell.format, shell.out, &line)?;
        }
        return Ok(Exit::Permitted);
    }
    if waiting.is_empty() {
        writeln!(shell.err, "no override waits for a review")?;
        return Ok(Exit::Permitted);
    }
    let within = SignedDuration::from_secs(policy.overrides.review_within);
    write!(shell.out, "{}", reviews_table(waiting, shell.now, within, shell.columns()))?;
    Ok(Exit::Permitted)
}

#[expect(clippy::too_many_arguments, reason = "one step of the command, with everything that it read before")]
fn record(
    id: &str,
    outcome: Outcome,
    by: &str,
    repository: &str,
    policy: &Policy,
    waiting: Vec<OverrideUse>,
    place: &mut Place,
    shell: &mut Shell<'_>,
) -> Result<Exit> {
    let used = one_of(id, waiting)?;
    let refusal = match () {
        () if !policy.people.contains_key(by) => Some(format!("nobody in the policy has the id `{by}`")),
        () if used.people.iter().any(|person| person == by) => Some(format!("{by} gave this override")),
        () if contributors(&used, place)?.iter().any(|person| person == by) => {
            Some(format!("{by} worked on the change that this override let pass"))
        }
        () => None,
    };
    if let Some(why) = refusal {
        writeln!(shell.err, "error: {}; somebody else must review it", terminal_safe(&why))?;
        return Ok(Exit::Refused);
    }
    let (recorded, word) = match outcome {
        Outcome::Justified => (ReviewOutcome::Justified, "justified"),
        Outcome::NotJustified => (ReviewOutcome::NotJustified, "not justified"),
    };
    let review = Review { at: shell.now, id: &used.id, reviewer: by, outcome: recorded };
    let receipt = place.book.record_review(repository, &review)?;
    match shell.format {
        Format::Human => {
            let short: String = used.id.chars().take(12).collect();
            writeln!(shell.out, "override {short} was {word}, says {by}; record: #{}", receipt.entry)?;
        }
        _ => json::write_for(
            shell.format,
            shell.out,
            &json!({ "override": used.id, "outcome": recorded, "entry": receipt.entry }),
        )?,
    }
    Ok(Exit::Permitted)
}

/// Returns the one use whose id begins with the text.
fn one_of(id: &str, waiting: Vec<OverrideUse>) -> Result<OverrideUse> {
    let mut found = waiting.into_iter().filter(|used| used.id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(used), None) => Ok(used),
        (Some(_), Some(_)) => bail!("several overrides begin with `{id}`; give more of the id"),
        (None, _) => Err(LedgerError::NothingToReview(id.to_owned()).into()),
    }
}

/// Returns who worked on the change, as the verdict says that the permit rests on.
fn contributors(used: &OverrideUse, place: &mut Place) -> Result<Vec<String>> {
    let unknown = || anyhow!("the verdict that this override lifted cannot be read, so its contributors are unknown");
    let Event::OverrideUsed(event) = place.book.complete_entry(used.entry)?.entry.entry.event else {
        return Err(unknown());
    };
    let verdict: Value = serde_json::from_str(&place.book.verdict(event.permit)?)?;
    let people = verdict.get("contributors").and_then(Value::as_array).ok_or_else(unknown)?;
    Ok(people.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect())
}

//! `countersign policy simulate`: what a candidate policy would have made of a history.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};

use super::replay::{self, Since, Step};
use crate::adapters::git_history::GitHistory;
use crate::adapters::ledger_memory::LedgerMemory;
use crate::adapters::record_refs::RecordRefs;
use crate::catalogue::Catalogue;
use crate::cli::audit::read_ledger;
use crate::cli::client::Client;
use crate::cli::policy_source::load_file;
use crate::cli::progress::progress;
use crate::cli::{Exit, Format, Shell, json};
use crate::decide::Decider;
use crate::gather::{Gatherer, Memory, Once, RefChange};
use crate::hook::gate::read_settings;
use crate::hook::settings::Settings;
use crate::model::Target;
use crate::policy::Policy;
use crate::render::simulation::{Landed, Simulation, Subject};

/// Replay what landed on a ref against a candidate policy, and change nothing
///
/// Every change that landed is judged under the candidate, in the order in which it landed: each push
/// that the ledger knows, where the repository has one, and else each step of the ref's first-parent
/// history. It says what passes, what waits and for how many sign-offs, what would have been refused
/// whoever signs it, and how often each person would have been asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  countersign policy simulate --policy candidate.yaml
  countersign policy simulate --policy candidate.yaml --since 90d --format json
  countersign policy simulate --policy candidate.yaml --format svg --output spread.svg
  countersign policy simulate --policy candidate.yaml --since v1.0..v2.0 /srv/git/shop.git

What the words mean:
  passes    nobody is asked, or whoever is asked has signed (records in the ledger or the
            repository count), or an override lifted it
  waits     people who did not work on it could sign, and have not: \"for N sign-offs\" says how
            many. History from before the gate has no sign-offs, and waits for all of them
  refused   sign-offs alone would not have helped: somebody is unknown to the candidate, too few
            could sign, an object is malformed
  asked     how often somebody would have been asked, where asks are shared evenly: whoever was
            asked least so far is next
  could     how often they could have signed
  alone     how often nobody else could have

Git does not write down who pushed. Where the ledger does not know it either, the committer is
taken for the pusher, and a change is not refused for want of one. Members of teams are not looked
up. Deployments are not replayed.

Exits with 0 whatever would have happened, 3 when the candidate cannot be used.")]
pub struct Args {
    /// The candidate
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// From when on: a date (2026-01-31), a time, how long ago (90d), or a range (OLD..NEW)
    #[arg(long, default_value = "365d", value_name = "DATE|RANGE")]
    since: String,
    /// The full ref whose history is replayed [default: the first that a gate names and that is there]
    #[arg(long, value_name = "REF")]
    r#ref: Option<String>,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The repository [default: the one around the working directory]
    #[arg(value_name = "REPO")]
    repository: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When the history cannot be read, or the answer not written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let loaded = match load_file(&args.policy, shell)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let Ok(since) = Since::read(&args.since, shell.now) else {
        writeln!(shell.err, "error: `{}` is no date, duration or range", crate::model::terminal_safe(&args.since))?;
        writeln!(shell.err, "hint: 2026-01-31, 90d or v1.0..v2.0")?;
        return Ok(Exit::Usage);
    };
    if args.r#ref.as_ref().is_some_and(|name| !matches!(name.parse(), Ok(Target::Ref(_)))) {
        writeln!(shell.err, "error: `--ref` wants a full ref, such as refs/heads/main")?;
        return Ok(Exit::Usage);
    }
    let output = args.output.as_ref().map(|path| shell.directory.join(path));
    if let Some(directory) = &args.repository {
        shell.directory = shell.directory.join(directory);
    }
    let client = Client::open(shell)?;
    if let Some(obscurity) = client.repository.obscured()?.first() {
        bail!("this history is not whole: there are {obscurity}; fetch all of it (git fetch --unshallow)");
    }
    let target = match &args.r#ref {
        Some(name) => name.clone(),
        None => guarded_ref(&client, &loaded.policy)?,
    };
    let simulation = simulate(&client, &loaded.policy, (&target, &loaded.name), &since, shell)?;
    let text = match shell.format {
        Format::Human => simulation.render(shell.color_out && output.is_none()),
        Format::Svg => simulation.to_svg(),
        Format::Json | Format::Github | Format::Sarif => {
            let mut bytes = Vec::new();
            json::write_for(shell.format, &mut bytes, &simulation.to_json())?;
            String::from_utf8(bytes)?
        }
    };
    match output {
        Some(path) => std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?,
        None => write!(shell.out, "{text}")?,
    }
    Ok(Exit::Permitted)
}

/// Returns the first ref that a gate of the candidate names in full and that is there.
fn guarded_ref(client: &Client, policy: &Policy) -> Result<String> {
    let named = policy.gates.iter().flat_map(|gate| &gate.refs).flat_map(|glob| glob.alternatives());
    for name in named.filter(|name| !name.contains(['*', '?'])) {
        if client.repository.read_ref(name.as_bytes())?.is_some() {
            return Ok(name.clone());
        }
    }
    Err(anyhow!("no ref that the candidate names in full is here; name one with `--ref refs/heads/…`"))
}

fn simulate(
    client: &Client,
    policy: &Policy,
    (target, policy_name): (&str, &str),
    since: &Since,
    shell: &mut Shell<'_>,
) -> Result<Simulation> {
    let settings = read_settings(&client.repository).ok();
    let mut ledger = settings.as_ref().map(read_ledger).transpose()?;
    let steps = {
        let of = settings.as_ref().map(|settings| settings.repository.as_str()).zip(ledger.as_deref_mut());
        let mut progress = progress(shell.err, shell.shows_progress, "reading history", None);
        replay::steps(client, target, since, of, &mut || progress.step(1))?
    };
    let subject = Subject {
        target: target.to_owned(),
        policy_name: policy_name.to_owned(),
        policy: policy.digest.to_string(),
        is_gated: policy.gates.iter().any(|gate| gate.refs.iter().any(|glob| glob.matches_ref(target))),
    };
    let name = repository_name(client, settings.as_ref());
    let ledger = ledger.as_deref_mut().map(|ledger| LedgerMemory::new(ledger, &name).knowing_pushers());
    let refs = RecordRefs::new(&client.repository);
    let memory: &dyn Memory = match &ledger {
        Some(memory) => memory,
        None => &refs,
    };
    let judge = Judge { client, policy, target, name: &name, memory: &replay::Past(memory) };
    let total = Some(steps.len() as u64);
    let progress = progress(shell.err, shell.shows_progress, "judging changes", total);
    Ok(judge.all(&steps, Simulation::new(subject, policy), progress))
}

fn repository_name(client: &Client, settings: Option<&Settings>) -> String {
    match settings {
        Some(settings) => settings.repository.clone(),
        None => client.repository_name(None, None).unwrap_or_default(),
    }
}

/// Everything that judging needs.
struct Judge<'a> {
    client: &'a Client,
    policy: &'a Policy,
    target: &'a str,
    name: &'a str,
    memory: &'a dyn Memory,
}

impl Judge<'_> {
    /// Judges every step, and counts it.
    fn all<Clock: Fn() -> std::time::Duration>(
        &self,
        steps: &[Step],
        mut simulation: Simulation,
        mut progress: crate::render::progress::Progress<'_, Clock>,
    ) -> Simulation {
        let history = GitHistory::with_commit_bytes(&self.client.repository, self.policy.limits.message_bytes);
        let catalogue = Catalogue::with_rules(&self.policy.agents, &self.policy.robots);
        let decider = Decider::new(self.policy);
        for step in steps {
            let participants = replay::participants(step, self.policy);
            let gatherer = Gatherer {
                repository: self.name,
                policy: self.policy,
                policy_place: None,
                serial_of: &|_| Err("the policy's ref is not judged here".to_owned()),
                history: &history,
                memory: self.memory,
                catalogue: &catalogue,
                participants: crate::facts::Fact::Known(participants),
                arriving: &[],
                alongside: None,
                branch: None,
                now: step.at,
                is_late: &|| false,
                // The refs are those of today, and contain what they are asked about.
                once: Once::before_any_ref(),
            };
            let name = self.target.as_bytes().to_vec();
            let facts = gatherer.facts(&RefChange { name, old: step.old, new: Some(step.new) });
            let landed = Landed { head: step.new.to_string(), at: step.at, is_push: step.is_push };
            simulation.count(&landed, &decider.decide(&facts));
            progress.step(1);
        }
        simulation
    }
}

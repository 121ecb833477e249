//! `countersign check`: judges a range as the hook would, and changes nothing.

use std::path::PathBuf;

use anyhow::{Result, anyhow};

use super::client::Client;
use super::policy_source::{load_bytes, load_file};
use super::{Exit, Format, Shell, Usage, range};
use crate::adapters::clock::Deadline;
use crate::adapters::git_history::GitHistory;
use crate::adapters::ledger_memory::LedgerMemory;
use crate::adapters::record_refs::RecordRefs;
use crate::catalogue::Catalogue;
use crate::decide::{Decider, Verdict};
use crate::facts::{Fact, Facts, Part, Participant};
use crate::gather::{Gatherer, Memory, Once, RefChange};
use crate::hook::gate::{open_ledger, read_settings};
use crate::model::{Account, Identity, Oid, Target};
use crate::policy::{LONGEST_POLICY, Loaded};
use crate::render::verdict_human::{self, Shown};
use crate::render::{Context, Look, Occasion, github, sarif};

/// Judge a range exactly as the hook would, and change nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign check origin/main..HEAD --target refs/heads/main --pusher plain:ada")]
pub struct Args {
    /// `OLD..NEW`, or one commit (then the change starts where it leaves the target)
    range: String,
    /// The full ref that is to move
    #[arg(long, value_name = "REF")]
    target: String,
    /// The repository with the commits [default: the one around the working directory]
    #[arg(long, value_name = "DIR")]
    repo: Option<PathBuf>,
    /// The repository's name as the gate knows it
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// The policy [default: the one of the installed gate, else .countersign/policy.yaml of OLD]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Who would push, such as plain:ada [default: the setting countersign.pusher]
    #[arg(long, value_name = "PROVIDER:LOGIN")]
    pusher: Option<Account>,
    /// Judge as at this time
    #[arg(long, value_name = "RFC3339")]
    now: Option<jiff::Timestamp>,
}

/// Runs the command.
///
/// # Errors
/// When the repository or the range cannot be read.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut policy = args.policy.clone();
    if let Some(repository) = &args.repo {
        // Files are named from where the command was given, wherever the repository is.
        policy = policy.map(|path| shell.directory.join(path));
        shell.directory = shell.directory.join(repository);
    }
    let mut client = Client::open(shell)?;
    let target: Target = match args.target.parse() {
        Ok(target @ Target::Ref(_)) => target,
        Ok(Target::Environment(_)) | Err(_) => {
            return Err(anyhow!(Usage(format!("`{}` is no full ref; write refs/heads/…", args.target))));
        }
    };
    let range = range::resolve(&client, &args.range, &target, None)?;
    let question = Question {
        change: RefChange { name: args.target.clone().into_bytes(), old: range.from, new: Some(range.head) },
        repository: args.repository.clone(),
        policy,
        pusher: args.pusher.clone(),
        now: args.now.unwrap_or(shell.now),
    };
    match judge(&mut client, &question, shell)? {
        Ok(answer) => {
            show(&answer, &client, shell)?;
            let exit = if answer.verdict.is_permit() { Exit::Permitted } else { Exit::Refused };
            // The process ends now, and giving back what a long history took piece by piece takes time.
            std::mem::forget(answer);
            Ok(exit)
        }
        Err(exit) => Ok(exit),
    }
}

/// What is asked.
struct Question {
    change: RefChange,
    repository: Option<String>,
    policy: Option<PathBuf>,
    pusher: Option<Account>,
    now: jiff::Timestamp,
}

/// What came of it.
struct Answer {
    facts: Facts,
    verdict: Verdict,
    loaded: Loaded,
}

fn judge(client: &mut Client, question: &Question, shell: &mut Shell<'_>) -> Result<std::result::Result<Answer, Exit>> {
    let settings = read_settings(&client.repository).ok();
    let loaded = match policy(client, question, settings.as_ref().and_then(|s| s.policy_file.clone()), shell)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(Err(exit)),
    };
    let repository = match (&question.repository, &settings) {
        (None, Some(settings)) => settings.repository.clone(),
        (asked, _) => client.repository_name(asked.as_deref(), None).unwrap_or_default(),
    };
    let policy = &loaded.policy;
    let pusher = question.pusher.clone().or_else(|| client.config("countersign.pusher")?.parse().ok());
    let deadline = Deadline::after_seconds(policy.limits.seconds);
    client.repository.set_deadline(deadline.instant());
    let history = GitHistory::with_commit_bytes(&client.repository, policy.limits.message_bytes);
    let mut ledger = settings.as_ref().and_then(|settings| open_ledger(settings).ok());
    let refs = RecordRefs::new(&client.repository);
    let ledger_memory = ledger.as_mut().map(|ledger| LedgerMemory::new(ledger, &repository).knowing_pushers());
    let memory: &dyn Memory = match &ledger_memory {
        Some(memory) => memory,
        None => &refs,
    };
    let participants =
        pusher.into_iter().map(|account| Participant { identity: Identity::from_account(account), part: Part::Pusher });
    let gatherer = Gatherer {
        repository: &repository,
        policy,
        policy_place: None,
        serial_of: &|_| Err("the policy's ref is not judged here".to_owned()),
        history: &history,
        memory,
        catalogue: &Catalogue::with_rules(&policy.agents, &policy.robots),
        participants: Fact::Known(participants.collect()),
        arriving: &[],
        alongside: Some(&[]),
        branch: None,
        now: question.now,
        is_late: &|| deadline.has_passed(),
        once: Once::default(),
    };
    let facts = gatherer.facts(&question.change);
    let verdict = Decider::new(policy).decide(&facts);
    Ok(Ok(Answer { facts, verdict, loaded }))
}

/// Returns the policy to judge by: the one that was named, the installed gate's, or the one that
/// lies in the old tip of the range, never one that the range brings.
fn policy(
    client: &Client,
    question: &Question,
    installed: Option<PathBuf>,
    shell: &mut Shell<'_>,
) -> Result<std::result::Result<Loaded, Exit>> {
    if let Some(path) = question.policy.clone().or(installed) {
        return load_file(&path, shell);
    }
    let path = super::POLICY_PATH;
    let old = question.change.old.ok_or_else(|| anyhow!("no policy is known; name one with `--policy FILE`"))?;
    let tree = client.repository.tree_of(client.repository.commit_of(old)?)?;
    let text = client.repository.file_at(tree, path.as_bytes(), LONGEST_POLICY + 1)?;
    let text = text.ok_or_else(|| anyhow!("the old tip holds no {path}; name a policy with `--policy FILE`"))?;
    load_bytes(&text, path, shell)
}

fn show(answer: &Answer, client: &Client, shell: &mut Shell<'_>) -> Result<()> {
    let mut context = Context::of(&answer.loaded.policy, &answer.facts, Occasion::Check);
    for id in verdict_human::commits_to_name(&answer.verdict) {
        if let Some(subject) = subject(client, id.as_str()) {
            context.subjects.insert(id.clone(), subject);
        }
    }
    let verdict = &answer.verdict;
    let context = context.with_review_ref(&answer.loaded.policy, verdict);
    let shown = Shown { verdict, context: &context };
    match shell.format {
        Format::Json | Format::Svg => writeln!(shell.out, "{}", verdict.to_json()?)?,
        Format::Github => {
            write!(shell.out, "{}", github::commands(shown))?;
            if let Some(path) = shell.variable("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
                use std::io::Write as _;
                let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
                file.write_all(github::summary(shown).as_bytes())?;
            }
        }
        Format::Sarif => writeln!(shell.out, "{}", serde_json::to_string(&sarif::verdict(shown))?)?,
        Format::Human => {
            let look = Look { color: shell.color_out, ..Look::default() };
            write!(shell.out, "{}", verdict_human::verdict(shown, &look))?;
        }
    }
    Ok(())
}

pub(super) fn subject(client: &Client, id: &str) -> Option<String> {
    let oid: Oid = id.parse().ok()?;
    let raw = client.repository.read_kind(oid, crate::objects::ObjectKind::Commit, 1 << 20).ok()?;
    let commit = crate::objects::commit::parse(&raw, 1 << 20).ok()?;
    let line = commit.message.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?;
    Some(String::from_utf8_lossy(line).into_owned())
}

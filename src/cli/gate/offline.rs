//! Judging a deployment where there is no ledger: by the archive in a clone, and the gate's public key.
//!
//! Nothing is recorded, and no override counts: whether one was used, only the ledger knows. Everything else is
//! decided as it is on the gate's server, from what its archive vouches for.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};

use super::judge::{Answer, Question, judge, unjudged};
use super::show;
use super::site::Site;
use super::{refuse_without_policy, spelled_otherwise};
use crate::adapters::archive::ArchiveMemory;
use crate::adapters::clock::Deadline;
use crate::adapters::gate_guard;
use crate::audit::archive::{Bounds, State};
use crate::audit::checkpoint::Checkpoint;
use crate::cli::audit::ed25519_bytes;
use crate::cli::public_keys::{bounded, keys};
use crate::cli::{Exit, Shell};
use crate::decide::Code;
use crate::hook::policy_in_force;
use crate::hook::settings::Settings;
use crate::plan::PlanKind;
use crate::policy::duration;
use crate::render::command::quote;
use crate::render::deployment::Details;
use crate::verify::PublicKey;

/// A checkpoint is short; more is not read.
const CHECKPOINT_BYTES: u64 = 128 * 1024;

/// How many verdicts that were passed over are told of.
const REMARKS: usize = 3;

/// How to judge without a ledger.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Without a ledger")]
pub struct ArchiveArgs {
    /// Judge by refs/countersign/archive in this clone, which the gate's key signed: its public half, as a file or as
    /// text; may be given several times
    #[arg(long, value_name = "PUBLIC", conflicts_with_all = ["ledger", "gate_key", "attest"])]
    gate_key_public: Vec<String>,
    /// How old the archive may be: what was withdrawn since is not seen
    #[arg(long, value_name = "DURATION", default_value = "24h", requires = "gate_key_public")]
    archive_not_older_than: String,
    /// A checkpoint of the ledger that the archive must reach, as `countersign audit checkpoint` prints it
    #[arg(long, value_name = "FILE", requires = "gate_key_public")]
    archive_reaches: Option<PathBuf>,
}

impl ArchiveArgs {
    /// Tells whether the archive is to be asked.
    pub fn is_asked(&self) -> bool {
        !self.gate_key_public.is_empty()
    }

    /// Returns how many entries the ledger is known to have.
    fn least_entries(&self, keys: &[PublicKey], shell: &Shell<'_>) -> Result<u64> {
        let Some(path) = &self.archive_reaches else { return Ok(0) };
        let path = shell.directory.join(path);
        let note = String::from_utf8(bounded(&path, CHECKPOINT_BYTES)?).unwrap_or_default();
        let opened = keys.iter().filter_map(ed25519_bytes).map(|bytes| {
            let origin = gate_guard::origin_of(&bytes);
            Checkpoint::open(&note, &origin, &bytes)
        });
        let checkpoint = opened.reduce(|one, other| one.or(other)).context("the gate's key is no Ed25519 key")?;
        Ok(checkpoint.with_context(|| format!("reading the checkpoint {}", path.display()))?.size)
    }
}

/// Judges a deployment by the archive.
///
/// # Errors
/// When the archive is not believed: then nothing may be deployed.
pub fn run(
    args: &ArchiveArgs,
    question: &Question<'_>,
    site: &mut Site<'_>,
    settings: &Settings,
    shell: &mut Shell<'_>,
) -> Result<Exit> {
    if site.installed.is_some() {
        bail!("the gate stands in this repository and judges by its ledger; leave out `--gate-key-public`");
    }
    let keys = keys(&args.gate_key_public, shell)?;
    let age = duration::parse(&args.archive_not_older_than)
        .map_err(|why| anyhow!("`--archive-not-older-than {}`: {why}", args.archive_not_older_than))?;
    let bounds = Bounds {
        repository: &site.name,
        now: question.now,
        most_seconds: age,
        least_entries: args.least_entries(&keys, shell)?,
    };
    let policy = match policy_in_force::read(settings, &site.client.repository) {
        Ok(policy) => policy,
        Err(error) => return refuse_without_policy(&error.into(), question, site, None, shell),
    };
    let deadline = Deadline::after_seconds(policy.policy.limits.seconds);
    site.client.repository.set_deadline(deadline.instant());
    let site = &*site;
    let memory = ArchiveMemory::open(&site.client.repository, &keys, &bounds)?;
    if memory.state().policy != Some(policy.policy.digest) {
        let why = other_policy(memory.state(), &policy.policy.digest.to_string());
        let answer = unjudged(question, &site.name, Code::PolicyRolledBack, &why);
        show::show(&answer, question, None, &site.client, shell)?;
        return Ok(Exit::PolicyInvalid);
    }
    if let Some(why) = spelled_otherwise(&policy, question.environment) {
        let answer = unjudged(question, &site.name, Code::PolicyUnreadable, &why);
        show::show(&answer, question, None, &site.client, shell)?;
        return Ok(Exit::PolicyInvalid);
    }
    let (facts, verdict) = judge(question, site, &policy, &memory, &[], deadline);
    let is_permit = verdict.is_permit();
    let seen = details(&memory, is_permit, question);
    let answer = Answer { facts: Some(facts), verdict, receipt: None, seen };
    show::show(&answer, question, Some(&policy.policy), &site.client, shell)?;
    Ok(if is_permit { Exit::Permitted } else { Exit::Refused })
}

fn other_policy(state: &State, here: &str) -> String {
    match &state.policy {
        Some(there) => {
            format!("the gate judges by the policy {there}, and here is {here}; bring the gate's policy here")
        }
        None => "the gate had no policy that it could read when it signed its archive".to_owned(),
    }
}

fn details(memory: &ArchiveMemory<'_>, is_permit: bool, question: &Question<'_>) -> Details {
    let state = memory.state();
    let mut lines = vec![("judged by", format!("the archive of {} ({} entries)", state.signed_at, state.entries))];
    let passed_over = memory.doubts().into_iter().take(REMARKS);
    let mut remarks: Vec<String> = passed_over.map(|doubt| format!("Passed over in the archive: {doubt}.")).collect();
    if is_permit {
        let (environment, commit) = (quote(question.environment), question.candidate.commit);
        let plan = match question.plan.map(|plan| plan.kind) {
            None => "",
            Some(Some(PlanKind::Sql)) => " --plan FILE --plan-format sql",
            Some(_) => " --plan FILE",
        };
        lines.push(("afterwards", "run on the gate's server, for nothing is recorded here:".to_owned()));
        lines.push(("", format!("countersign gate --environment {environment} --to {commit}{plan}")));
        lines.push(("", format!("countersign deployed --environment {environment} {commit}")));
    } else {
        remarks.push(
            "The archive does not tell what happened since, and no override counts here: fetch the branch and the \
             archive anew, or ask the gate on its server."
                .to_owned(),
        );
    }
    Details { lines, remarks }
}

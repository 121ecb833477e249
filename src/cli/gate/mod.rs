//! `countersign gate`: may this commit be deployed here?

mod attesting;
mod judge;
mod offline;
mod show;
mod site;

use std::path::PathBuf;

use anyhow::{Result, bail};

use self::judge::{Question, judge_and_record, record_unjudged, unjudged};
use self::offline::ArchiveArgs;
pub use self::site::{Site, SiteArgs};
use super::signing::PlanFormatArgs;
use super::{Exit, Shell};
use crate::audit::ledger::Ledger;
use crate::decide::Code;
use crate::gather::Said;
use crate::hook::gate::{GateError, refuse_rollback};
use crate::hook::policy_in_force::{self, PolicyFailure, PolicyInForce};
use crate::hook::settings::Settings;
use crate::model::Account;
use crate::policy::named_otherwise;
use crate::render::policy_problem;

/// Judge everything between what is deployed and a candidate
///
/// What is deployed now is what the ledger says (`countersign deployed`), never what the caller says.
/// Runs in the server's repository, or in a full clone beside the ledger and the gate's key. In a clone with the
/// gate's archive and public key it judges without a ledger, and records nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    countersign gate --environment production --to 1a2b3c… --plan plan.json\n  \
    countersign gate --repo /srv/git/shop.git --environment production --to main --format github\n  \
    countersign gate --environment production --to HEAD --gate-key-public gate.pub \\\n      \
    --policy policy.yaml --repository acme/shop")]
pub struct Args {
    /// The environment that is to be deployed to
    #[arg(long, value_name = "ENV", value_parser = environment)]
    environment: String,
    /// The commit that is to be deployed: its complete id, or a name for it
    #[arg(long, value_name = "CANDIDATE")]
    to: String,
    /// What you think is deployed now; where the ledger says otherwise, that is refused
    #[arg(long, value_name = "DEPLOYED")]
    from: Option<String>,
    /// The deployment's plan, such as `terraform show -json PLAN`; without one it counts as destructive
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    plan_format: PlanFormatArgs,
    /// Write the verdict to this file, signed, for `countersign verify`
    #[arg(long, value_name = "FILE")]
    attest: Option<PathBuf>,
    /// Who started the deployment, such as github:ada; they cannot sign for it
    #[arg(long, value_name = "PROVIDER:LOGIN")]
    deployer: Option<Account>,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    policy: site::PolicyArgs,
    #[command(flatten)]
    archive: ArchiveArgs,
}

/// Reads an environment's name: anything that fits on a line.
pub fn environment(text: &str) -> Result<String, String> {
    let fits = !text.trim().is_empty() && text.len() <= 255 && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("an environment's name is some text on one line".to_owned()) }
}

/// Runs the command.
///
/// # Errors
/// When the repository, the candidate or the plan cannot be read.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let attest = args.attest.as_deref().map(|path| shell.directory.join(path));
    attest.as_deref().map_or(Ok(()), attesting::clear)?;
    let mut site = args.site.open(shell)?;
    let candidate = site.named(&args.to)?;
    let said = match &args.from {
        None => Said::Nothing,
        Some(text) => {
            site.named(text).map_or_else(|why| Said::Unreadable(why.to_string()), |named| Said::Commit(named.commit))
        }
    };
    let settings = site.settings(&args.policy, shell)?;
    let plan = args.plan_format.read(args.plan.as_deref(), shell)?;
    let question = Question {
        environment: &args.environment,
        candidate: &candidate,
        said,
        plan: plan.as_ref(),
        deployer: args.deployer.as_ref(),
        now: shell.now,
    };
    if args.archive.is_asked() {
        return offline::run(&args.archive, &question, &mut site, &settings, shell);
    }
    let mut ledger = match site.ledger(shell) {
        Ok(ledger) => ledger,
        Err(error) => {
            let answer = unjudged(&question, &site.name, Code::LedgerUnavailable, &format!("{error:#}"));
            show::show(&answer, &question, None, &site.client, shell)?;
            return Ok(Exit::Undetermined);
        }
    };
    let policy = match policy_in_force(&settings, &site, ledger.as_mut()) {
        Ok(policy) => policy,
        Err(error) => return refuse_without_policy(&error, &question, &site, Some(ledger.as_mut()), shell),
    };
    if let Some(why) = spelled_otherwise(&policy, question.environment) {
        let mut answer = unjudged(&question, &site.name, Code::PolicyUnreadable, &why);
        record_unjudged(&question, &mut answer, ledger.as_mut())?;
        show::show(&answer, &question, None, &site.client, shell)?;
        return Ok(Exit::PolicyInvalid);
    }
    match judge_and_record(&question, &mut site, &policy, ledger.as_mut()) {
        Ok(answer) => {
            show::show(&answer, &question, Some(&policy.policy), &site.client, shell)?;
            if let Some(path) = &attest {
                attesting::write(path, &answer, &question, &site, ledger.as_mut(), shell)?;
            }
            let exit = if answer.verdict.is_permit() { Exit::Permitted } else { Exit::Refused };
            // The process ends now, and giving back what a long history took piece by piece takes time.
            std::mem::forget(answer);
            Ok(exit)
        }
        Err(error) => {
            let answer = unjudged(&question, &site.name, Code::LedgerUnavailable, &format!("{error:#}"));
            show::show(&answer, &question, None, &site.client, shell)?;
            Ok(Exit::Undetermined)
        }
    }
}

fn policy_in_force(settings: &Settings, site: &Site<'_>, ledger: &mut dyn Ledger) -> Result<PolicyInForce, GateError> {
    let policy = policy_in_force::read(settings, &site.client.repository)?;
    refuse_rollback(&site.name, &policy, ledger)?;
    Ok(policy)
}

/// Says why an environment's name is none that a gate names, where another spelling of it is.
fn spelled_otherwise(policy: &PolicyInForce, environment: &str) -> Option<String> {
    let name = named_otherwise(&policy.policy.gates, environment)?;
    Some(format!("a gate names this environment {name:?}; names are compared exactly, so write it as it is there"))
}

/// Refuses for want of a policy, and records that where there is a ledger.
fn refuse_without_policy(
    error: &GateError,
    question: &Question<'_>,
    site: &Site<'_>,
    ledger: Option<&mut dyn Ledger>,
    shell: &mut Shell<'_>,
) -> Result<Exit> {
    let (code, exit) = match error {
        GateError::Policy(_) => (Code::PolicyUnreadable, Exit::PolicyInvalid),
        GateError::RolledBack { .. } => (Code::PolicyRolledBack, Exit::PolicyInvalid),
        GateError::Ledger(_) => (Code::LedgerUnavailable, Exit::Undetermined),
        other => bail!("{other}"),
    };
    if let GateError::Policy(PolicyFailure::Invalid { errors, text }) = error {
        let problems = policy_problem::render(&errors.problems, text, &errors.name, shell.color);
        write!(shell.err, "{problems}")?;
    }
    let mut answer = unjudged(question, &site.name, code, &error.to_string());
    if let Some(Err(unrecorded)) = ledger.map(|ledger| record_unjudged(question, &mut answer, ledger)) {
        writeln!(shell.err, "countersign: this refusal could not be recorded: {unrecorded}")?;
    }
    show::show(&answer, question, None, &site.client, shell)?;
    Ok(exit)
}

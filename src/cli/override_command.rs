//! `countersign override`: a release manager lifts a refusal, with a reason, once.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};

use super::client::Client;
use super::known_agents::KnownAgents;
use super::signing::{CLIENT, Options, Place, PlanFormatArgs, choose_key, confirm, keep, sign};
use super::{Exit, Shell, Usage, range, signing_screen};
use crate::adapters::git_history::GitHistory;
use crate::gather::survey;
use crate::model::{Action, Target, terminal_safe};
use crate::policy::duration;
use crate::verify::{Envelope, OverridePredicate, Record, RecordKind, Stated, Subject};

/// Override a refusal, with a reason that goes into the log
///
/// For release managers. It lifts the refusal of exactly this change, once, until it expires.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign override origin/main..hotfix --target refs/heads/main \\\n      \
    --reason \"Checkout is down, rolling the fix out\" --ticket INC-42 --push origin")]
pub struct Args {
    /// `OLD..NEW`, or one commit; for `--action delete` the tip that is to go
    #[arg(required_unless_present = "cosign")]
    range: Option<String>,
    /// The full ref that is to move
    #[arg(long, value_name = "REF", required_unless_present_any = ["environment", "cosign"])]
    target: Option<String>,
    /// The environment that is to be deployed to
    #[arg(long, value_name = "ENV", conflicts_with = "target")]
    environment: Option<String>,
    /// Why; people will read it in the log
    #[arg(long, value_name = "TEXT", required_unless_present = "cosign")]
    reason: Option<String>,
    /// What may be done besides bringing new commits
    #[arg(long, value_enum, value_name = "ACTION")]
    action: Option<ActionChoice>,
    /// The ticket that documents it
    #[arg(long, value_name = "TICKET")]
    ticket: Option<String>,
    /// How long it lives, such as 4h; the policy says how long at most
    #[arg(long, value_name = "TIME", default_value = "4h")]
    expires: String,
    /// The deployment plan: what it would destroy is shown, and the record is for exactly this plan
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    plan_format: PlanFormatArgs,
    /// Add your signature to another release manager's override
    #[arg(long, value_name = "ID", conflicts_with_all = ["range", "reason", "target", "environment", "ticket", "action"])]
    cosign: Option<String>,
    #[command(flatten)]
    options: Options,
}

/// The actions that need to be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ActionChoice {
    /// Delete the ref
    Delete,
    /// Move the ref to something that does not contain its old tip
    Rewind,
}

/// Runs the command.
///
/// # Errors
/// When the change cannot be read in full, or the record cannot be made.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let client = Client::open(shell)?;
    match &args.cosign {
        Some(id) => cosign(id, args, &client, shell),
        None => give(args, &client, shell),
    }
}

fn give(args: &Args, client: &Client, shell: &mut Shell<'_>) -> Result<Exit> {
    let target = Place { target: args.target.clone(), environment: args.environment.clone() }.resolve()?;
    let text = args.range.as_deref().unwrap_or_default();
    let range = range::resolve(client, text, &target, args.options.push.as_deref())?;
    let (action, from) = match (args.action, &target) {
        (_, Target::Environment(_)) => (Action::Deploy, range.from),
        (Some(ActionChoice::Delete), _) => (Action::Delete, Some(range.head)),
        (Some(ActionChoice::Rewind), _) => (Action::Rewind, range.from),
        (None, _) if range.from.is_none() => (Action::Create, None),
        (None, _) => (Action::Update, range.from),
    };
    range::expect_something(&range, &target, action)?;
    if let (Action::Update, Some(from)) = (action, from)
        && !client.repository.is_ancestor(from, range.head)?
    {
        bail!("this would rewind {target}; say so with `--action rewind`");
    }
    let repository = client.repository_name(args.options.repository.as_deref(), args.options.push.as_deref())?;
    let key = choose_key(&args.options, client, shell)?;
    let seconds = lifetime(&args.expires)?;
    if args.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        bail!(Usage("say why, with `--reason TEXT`: it goes into the log".to_owned()));
    }
    let expires_at =
        shell.now.checked_add(jiff::SignedDuration::from_secs(seconds)).context("`--expires` is too far away")?;
    let history = GitHistory::new(&client.repository);
    let agents = match KnownAgents::find(args.options.policy.as_deref(), from, client, shell)? {
        Ok(agents) => agents,
        Err(exit) => return Ok(exit),
    };
    let survey = survey(&history, &agents.catalogue, signing_screen::LIMITS, action, from, range.head)?;
    let plan = args.plan_format.read(args.plan.as_deref(), shell)?;
    let screen = signing_screen::Screen {
        deed: "OVERRIDE the gate for",
        repository: &repository,
        target: &target,
        key: &key,
        survey: &survey,
        plan: plan.as_ref(),
        words: signing_screen::Words {
            reason: args.reason.as_deref(),
            ticket: args.ticket.as_deref(),
            comment: None,
            at: shell.now,
            expires: Some(expires_at),
            client: CLIENT,
            policy: None,
        },
        agents: &agents,
    };
    signing_screen::show(&screen, client, shell)?;
    let rules = agents.reason.as_ref();
    let reason = args.reason.as_deref().unwrap_or_default();
    if let Some(why) = rules.and_then(|rules| rules.speaks_against(reason, args.ticket.as_deref())) {
        writeln!(shell.err, "warning: the gate will not count this: {}\n", terminal_safe(&why))?;
    }
    if !confirm("Override the gate for exactly this, once?", &args.options, shell)? {
        writeln!(shell.err, "Nothing was signed.")?;
        return Ok(Exit::Refused);
    }
    let statement = Stated {
        subject: Subject { head: survey.head, tree: survey.tree, content: survey.content.digest },
        predicate: OverridePredicate {
            action,
            client: CLIENT.to_owned(),
            comment: None,
            expires_at,
            from,
            plan: plan.as_ref().map(|plan| plan.digest),
            policy: None,
            reason: args.reason.clone().unwrap_or_default(),
            repository,
            signed_at: shell.now,
            target,
            ticket: args.ticket.clone(),
        },
    };
    let mut envelope = Envelope::new(statement.to_payload()?);
    sign(&mut envelope, RecordKind::Override, &key, client, shell)?;
    keep(&envelope, RecordKind::Override, survey.head, &args.options, client, shell)
}

/// Adds a signature to a record that is known here by its id, or the start of it.
/// Reads how long an override shall be good for.
fn lifetime(text: &str) -> Result<i64> {
    match duration::parse(text) {
        Ok(seconds) if seconds > 0 => Ok(seconds),
        Ok(_) => bail!(Usage(format!("`--expires {text}`: the override would have run out when it is made"))),
        Err(why) => bail!(Usage(format!("`--expires {}`: {why}", terminal_safe(text)))),
    }
}

fn cosign(id: &str, args: &Args, client: &Client, shell: &mut Shell<'_>) -> Result<Exit> {
    let envelope = find(id, client)?;
    let record = Record::from_envelope(&envelope, RecordKind::Override)?;
    let stated = record.statement.as_override().ok_or_else(|| anyhow!("the record is no override"))?;
    let predicate = &stated.predicate;
    let key = choose_key(&args.options, client, shell)?;
    let history = GitHistory::new(&client.repository);
    let limits = signing_screen::LIMITS;
    let agents = match KnownAgents::find(args.options.policy.as_deref(), predicate.from, client, shell)? {
        Ok(agents) => agents,
        Err(exit) => return Ok(exit),
    };
    let survey = survey(&history, &agents.catalogue, limits, predicate.action, predicate.from, stated.subject.head)?;
    if survey.tree != stated.subject.tree || survey.content.digest != stated.subject.content {
        bail!("the record does not describe the commits that it names; do not sign it");
    }
    let plan = args.plan_format.read(args.plan.as_deref(), shell)?;
    match (predicate.plan, &plan) {
        (None, None) => {}
        (Some(named), Some(plan)) if plan.digest == named => {}
        (Some(named), None) => bail!(
            "the override is for the deployment plan {named}; give it with `--plan FILE`, to see what it destroys"
        ),
        (Some(named), Some(plan)) => {
            bail!("the override is for the deployment plan {named}, and this one is {}", plan.digest)
        }
        (None, Some(_)) => bail!("the override is for no deployment plan"),
    }
    let screen = signing_screen::Screen {
        deed: "add your signature to an OVERRIDE of the gate for",
        repository: &predicate.repository,
        target: &predicate.target,
        key: &key,
        survey: &survey,
        plan: plan.as_ref(),
        words: signing_screen::Words {
            reason: Some(&predicate.reason),
            ticket: predicate.ticket.as_deref(),
            comment: predicate.comment.as_deref(),
            at: predicate.signed_at,
            expires: Some(predicate.expires_at),
            client: &predicate.client,
            policy: predicate.policy,
        },
        agents: &agents,
    };
    signing_screen::show(&screen, client, shell)?;
    for check in record.valid_signatures() {
        writeln!(shell.err, "  signed by   {}", terminal_safe(&check.fingerprint))?;
    }
    if !confirm("Add your signature to exactly this?", &args.options, shell)? {
        writeln!(shell.err, "Nothing was signed.")?;
        return Ok(Exit::Refused);
    }
    let mut signed = envelope.clone();
    sign(&mut signed, RecordKind::Override, &key, client, shell)?;
    keep(&signed, RecordKind::Override, stated.subject.head, &args.options, client, shell)
}

/// Finds the one override record here whose id starts so.
fn find(id: &str, client: &Client) -> Result<Envelope> {
    if id.len() < 7 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let id = terminal_safe(id);
        bail!(Usage(format!("`{id}` is no record's id; at least its first 7 digits are needed")));
    }
    let listing = client.git(&["for-each-ref", "--format=%(refname)", "refs/countersign/overrides/"])?;
    let listing = String::from_utf8(listing)?;
    let names = listing.lines().filter(|name| name.rsplit('/').next().is_some_and(|last| last.starts_with(id)));
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [] => bail!(
            "there is no override {id} here; fetch it: git fetch origin 'refs/countersign/overrides/*:refs/countersign/overrides/*'"
        ),
        [name] => {
            let blob = client.git(&["cat-file", "blob", name])?;
            let envelope = Envelope::parse(&blob)?;
            let last = name.rsplit('/').next().unwrap_or_default();
            if envelope.id().to_hex() != last {
                bail!("the record under {name} is another one than its name says");
            }
            Ok(envelope)
        }
        _ => bail!("several overrides here start with {id}; write more of the id"),
    }
}

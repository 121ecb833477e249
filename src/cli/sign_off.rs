//! `countersign sign-off`: a reviewer signs exactly what they were shown.

use std::path::PathBuf;

use anyhow::Result;

use super::client::Client;
use super::known_agents::KnownAgents;
use super::signing::{CLIENT, Options, Place, PlanFormatArgs, choose_key, confirm, keep, sign};
use super::{Exit, Shell, range, signing_screen};
use crate::adapters::git_history::GitHistory;
use crate::gather::survey;
use crate::model::{Action, Decision, Target};
use crate::verify::{Envelope, RecordKind, SignOffPredicate, Stated, Subject};

/// Sign off on exactly this change, with your SSH key
///
/// Shows what is signed first: the change, what agents did in it, and who worked on it. The record
/// is worth nothing for any other repository, target, commit or content.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign sign-off origin/main..topic --target refs/heads/main --push origin")]
pub struct Args {
    /// `OLD..NEW`, or one commit (then the change starts where it leaves the target)
    range: String,
    #[command(flatten)]
    place: Place,
    /// What you say
    #[arg(long, value_enum, default_value_t, value_name = "DECISION")]
    decision: DecisionChoice,
    /// The deployment plan: what it would destroy is shown, and the record is for exactly this plan
    #[arg(long, value_name = "FILE", requires = "environment")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    plan_format: PlanFormatArgs,
    /// What you want to add
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    #[command(flatten)]
    options: Options,
}

/// The decisions, for the command line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum DecisionChoice {
    /// Let it pass
    #[default]
    Approve,
    /// Object to it
    Reject,
    /// Take back what you said before
    Revoke,
}

impl From<DecisionChoice> for Decision {
    fn from(choice: DecisionChoice) -> Self {
        match choice {
            DecisionChoice::Approve => Self::Approve,
            DecisionChoice::Reject => Self::Reject,
            DecisionChoice::Revoke => Self::Revoke,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the change cannot be read in full, or the record cannot be made.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let client = Client::open(shell)?;
    let target = args.place.resolve()?;
    let range = range::resolve(&client, &args.range, &target, args.options.push.as_deref())?;
    let repository = client.repository_name(args.options.repository.as_deref(), args.options.push.as_deref())?;
    let key = choose_key(&args.options, &client, shell)?;
    let history = GitHistory::new(&client.repository);
    let action = match (&target, range.from) {
        (Target::Environment(_), _) => Action::Deploy,
        (Target::Ref(_), None) => Action::Create,
        (Target::Ref(_), Some(from)) if client.repository.is_ancestor(from, range.head)? => Action::Update,
        (Target::Ref(_), Some(_)) => Action::Rewind,
    };
    range::expect_something(&range, &target, action)?;
    let agents = match KnownAgents::find(args.options.policy.as_deref(), range.from, &client, shell)? {
        Ok(agents) => agents,
        Err(exit) => return Ok(exit),
    };
    let survey = survey(&history, &agents.catalogue, signing_screen::LIMITS, action, range.from, range.head)?;
    let plan = args.plan_format.read(args.plan.as_deref(), shell)?;
    let decision = Decision::from(args.decision);
    let screen = signing_screen::Screen {
        deed: match decision {
            Decision::Approve => "sign off",
            Decision::Reject => "reject",
            Decision::Revoke => "withdraw what you said about",
        },
        repository: &repository,
        target: &target,
        key: &key,
        survey: &survey,
        plan: plan.as_ref(),
        words: signing_screen::Words {
            reason: None,
            ticket: None,
            comment: args.comment.as_deref(),
            at: shell.now,
            expires: None,
            client: CLIENT,
            policy: None,
        },
        agents: &agents,
    };
    signing_screen::show(&screen, &client, shell)?;
    if !confirm(&format!("{} exactly this?", capitalized(screen.deed)), &args.options, shell)? {
        writeln!(shell.err, "Nothing was signed.")?;
        return Ok(Exit::Refused);
    }
    let statement = Stated {
        subject: Subject { head: survey.head, tree: survey.tree, content: survey.content.digest },
        predicate: SignOffPredicate {
            action: Some(action),
            client: CLIENT.to_owned(),
            comment: args.comment.clone(),
            decision,
            expires_at: None,
            from: survey.from,
            plan: plan.as_ref().map(|plan| plan.digest),
            policy: None,
            repository,
            signed_at: shell.now,
            target,
        },
    };
    let mut envelope = Envelope::new(statement.to_payload()?);
    sign(&mut envelope, RecordKind::SignOff, &key, &client, shell)?;
    keep(&envelope, RecordKind::SignOff, survey.head, &args.options, &client, shell)
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} on", chars.as_str()).replace("about on", "about")
}

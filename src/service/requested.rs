//! Overrides that a release manager gave through the API.
//!
//! There is no comment to read anew: the gate's own signed record in the ledger is all there is of
//! them. It names the account whose token it was. Whether the override counts is for the policy to
//! say, each time that the change is judged, just as with a comment.

use jiff::{SignedDuration, Timestamp};

use super::commands::{Given, is_consumed};
use super::evaluate::Service;
use super::failure::Failure;
use super::policy::{ForgePolicy, in_force};
use super::stores::Stores;
use crate::adapters::clock;
use crate::audit::answer::StoredRecord;
use crate::audit::event::RecordKind;
use crate::audit::ledger::Ledger;
use crate::audit::request::{NewRecord, Push};
use crate::facts::{Fact, Facts, OverrideClaim};
use crate::forge::{Forge, PullRequest, PullRequestState, RepositoryId, Subject as Work};
use crate::inbox::KnownChange;
use crate::model::{Account, AccountKind, Action, Digest, Identity, Oid, Presence, Target};
use crate::verify::gate_key::verify_statement;
use crate::verify::{Envelope, GateKey, OverridePredicate, OverrideStatement, Subject};

/// How the record of such an override begins to say who made it. No comment's record begins so.
const CLIENT: &str = "countersign serve, for API token ";

/// An override that is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// What it is to let pass.
    pub what: Requested,
    /// The commit that it is for.
    pub commit: Oid,
    /// Why.
    pub reason: String,
    /// The ticket that documents it.
    pub ticket: Option<String>,
    /// What the token is called.
    pub token: String,
    /// The login of whoever asks.
    pub login: String,
    /// The forge's number of their account.
    pub account: u64,
}

/// What an override is to let pass.
#[derive(Debug, Clone)]
pub enum Requested {
    /// A pull request.
    Change(RepositoryId, u64),
    /// A deployment that waits: the repository by its name, and the environment.
    Deployment(String, String),
}

/// An override that stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its id.
    pub id: String,
    /// The target that it is for.
    pub target: String,
    /// Whose it is.
    pub by: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Why an override was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The pull request is not there.
    #[error("there is no such pull request")]
    NotThere,
    /// It is not as the request says.
    #[error("{0}")]
    Conflict(&'static str),
    /// The policy does not allow it.
    #[error("{0}")]
    NotAllowed(String),
    /// Something could not be read or written.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Records an override for a commit that a pull request offers, or that is to be deployed, and has that judged
    /// anew.
    ///
    /// # Errors
    /// [`RequestError`]; then nothing is recorded.
    pub async fn record_override(&self, request: Request) -> Result<Recorded, RequestError> {
        match request.what.clone() {
            Requested::Change(id, number) => self.override_change(request, id, number).await,
            Requested::Deployment(repository, environment) => {
                self.override_deployment(request, repository, environment).await
            }
        }
    }

    async fn override_change(&self, request: Request, id: RepositoryId, number: u64) -> Result<Recorded, RequestError> {
        let now = clock::now();
        let read = self.forge().pull_request(id, number).await.map_err(Failure::from).map_err(not_there)?;
        let known = self.stores().service(move |store| store.change(id, number)).await.map_err(Failure::from)?;
        let known = known.ok_or(RequestError::NotThere)?;
        check_change(&request, &read, &known)?;
        let policy = in_force(&read.policies, &self.settings().policy_path)
            .map_err(|_| RequestError::NotAllowed("there is no valid policy in force".to_owned()))?;
        check_policy(&request, &policy)?;
        let place = Place { repository: known.repository.clone(), target: read.target.clone(), action: Action::Update };
        let statement = statement(&request, place, &known.verdict, &policy, now)?;
        self.record_and_judge(request, statement, vec![Work::PullRequest(id, number)], now).await
    }

    /// Records a statement, and has judged anew what it is about.
    pub(super) async fn record_and_judge(
        &self,
        request: Request,
        statement: OverrideStatement,
        about: Vec<Work>,
        now: Timestamp,
    ) -> Result<Recorded, RequestError> {
        let key = self.key().clone();
        let recorded = self.stores().ledger(move |ledger| record(ledger, &key, now, &request, statement));
        let recorded = recorded.await.map_err(Failure::from)??;
        let judge = move |store: &mut dyn crate::inbox::ServiceStore| store.enqueue(now, &about);
        // It stands in the ledger; that the change is judged anew may also wait for the next look at everything.
        if let Err(error) = self.stores().service(judge).await {
            tracing::warn!(%error, "an override was recorded, and what it is about is not queued");
        }
        Ok(recorded)
    }
}

/// What an override is about, besides the commit.
pub(super) struct Place {
    pub repository: String,
    pub target: Target,
    pub action: Action,
}

fn not_there(failure: Failure) -> RequestError {
    if failure.is_gone() { RequestError::NotThere } else { failure.into() }
}

/// Checks that the pull request is as the request and the last verdict say.
fn check_change(request: &Request, read: &PullRequest, known: &KnownChange) -> Result<(), RequestError> {
    let reasons = [
        (read.state != PullRequestState::Open, "the pull request is not open"),
        (read.head != request.commit, "the pull request offers another commit"),
        (known.head != read.head || known.target != read.target.to_string(), "this commit has not been judged yet"),
        (known.permitted, "the change is permitted already"),
    ];
    reasons.into_iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, why)| Err(RequestError::Conflict(why)))
}

/// Checks what the policy asks of every override, as far as nobody else has a part in it: the rest is said
/// by the verdict.
pub(super) fn check_policy(request: &Request, policy: &ForgePolicy) -> Result<(), RequestError> {
    let rules = &policy.policy.overrides;
    let least = rules.reason.min_length;
    let ticket_fits = |ticket: Option<&str>| match &rules.reason.ticket {
        Some(pattern) => ticket.is_some_and(|ticket| pattern.matches_whole(ticket)),
        None => true,
    };
    let reasons = [
        (request.reason.trim().chars().count() < least, format!("the policy asks for a reason of {least} characters")),
        (!ticket_fits(request.ticket.as_deref()), "the policy asks for a ticket of another form".to_owned()),
        (rules.approvals > 1, format!("the policy asks for {} people, who sign one record", rules.approvals)),
        (rules.presence > Presence::None, "the policy asks for a touch, which no token proves".to_owned()),
    ];
    reasons.into_iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, why)| Err(RequestError::NotAllowed(why)))
}

/// Returns what the gate writes down; the verdict that refused tells what the change brings.
pub(super) fn statement(
    request: &Request,
    place: Place,
    verdict: &str,
    policy: &ForgePolicy,
    now: Timestamp,
) -> Result<OverrideStatement, RequestError> {
    let verdict: serde_json::Value = serde_json::from_str(verdict).unwrap_or_default();
    let field = |name: &str| verdict.get(name).and_then(serde_json::Value::as_str);
    let content = field("content").and_then(|text| text.parse::<Digest>().ok());
    let tree = field("tree").and_then(|text| text.parse::<Oid>().ok());
    let unread = RequestError::Conflict("what the change brings could not be read, so that nobody can override it");
    let (Some(content), Some(tree)) = (content, tree) else { return Err(unread) };
    let life = SignedDuration::from_secs(policy.policy.overrides.expire_after);
    let expires_at = now.checked_add(life).map_err(|error| Failure::Other(error.to_string()))?;
    Ok(OverrideStatement {
        subject: Subject { head: request.commit, tree, content },
        predicate: OverridePredicate {
            action: place.action,
            client: client(&request.token, &request.login, request.account),
            comment: None,
            expires_at,
            from: None,
            plan: None,
            policy: None,
            reason: request.reason.clone(),
            repository: place.repository,
            signed_at: now,
            target: place.target,
            ticket: request.ticket.clone(),
        },
    })
}

/// Records a statement, unless the same person has given an override for the same change that is not used.
fn record(
    ledger: &mut dyn Ledger,
    key: &GateKey,
    now: Timestamp,
    request: &Request,
    statement: OverrideStatement,
) -> Result<Recorded, RequestError> {
    let (head, target) = (statement.subject.head, statement.predicate.target.clone());
    let repository = &statement.predicate.repository.clone();
    let by = account(&request.login);
    for earlier in ledger.overrides(repository, &[head]).map_err(Failure::from)? {
        let Some(known) = read_record(&earlier, key) else { continue };
        let same = known.giver.id == Some(request.account) && known.statement.predicate.target == target;
        let lives = now < known.statement.predicate.expires_at;
        // One for something else that this commit would have changed lets nothing of this pass.
        let (its, own) = (&known.statement.subject, &statement.subject);
        let is_alike = its.content == own.content && its.tree == own.tree;
        if same && lives && is_alike && !is_consumed(ledger, repository, &target, head, &earlier.id)? {
            return Err(RequestError::Conflict("this person has given an override for this commit already"));
        }
    }
    let expires_at = statement.predicate.expires_at;
    // The texts were checked for length and control characters; the rest is ours.
    let payload = statement.to_payload().map_err(|_| {
        RequestError::NotAllowed("the reason or the ticket holds what a record cannot: control characters".to_owned())
    })?;
    let unwritable = |error: &dyn std::fmt::Display| Failure::Other(format!("an override cannot be written: {error}"));
    let envelope = key.sign_statement(payload).map_err(|error| unwritable(&error))?;
    let bytes = envelope.to_json().map_err(|error| unwritable(&error))?;
    let new = NewRecord {
        by_stranger: false,
        kind: RecordKind::Override,
        repository,
        target: &target,
        head: &head,
        content: Some(&statement.subject.content),
        envelope: &bytes,
    };
    ledger.record_push(&Push { at: now, policies: &[], records: &[new], decisions: &[] }).map_err(Failure::from)?;
    Ok(Recorded { id: envelope.id().to_hex(), target: target.to_string(), by: by.folded(), expires_at })
}

/// A record of such an override, as it was read back.
struct ReadBack {
    giver: Identity,
    statement: OverrideStatement,
}

/// Reads a record back; nothing if it is not one that this gate signed for somebody who asked through the
/// API.
fn read_record(stored: &StoredRecord, key: &GateKey) -> Option<ReadBack> {
    let envelope = Envelope::parse_kept(&stored.envelope).ok()?;
    verify_statement(&envelope, std::slice::from_ref(key.public_key())).ok()?;
    let statement = OverrideStatement::parse(envelope.payload()).ok()?;
    let giver = giver(&statement.predicate.client)?;
    (envelope.id().to_hex() == stored.id).then_some(ReadBack { giver, statement })
}

/// Returns the overrides that were given through the API for the judged head, as facts.
///
/// # Errors
/// [`Failure`] when the ledger cannot be read.
pub(super) fn given(
    facts: &Facts,
    head: Oid,
    target: &Target,
    key: &GateKey,
    ledger: &mut dyn Ledger,
) -> Result<Vec<Given>, Failure> {
    let mut all = Vec::new();
    for stored in ledger.overrides(&facts.repository, &[head])? {
        let Some(ReadBack { giver, statement }) = read_record(&stored, key) else { continue };
        let consumed = is_consumed(ledger, &facts.repository, target, head, &stored.id)?;
        let content = statement.subject.content;
        // What is bound to other content or another tree is about something else that has this head.
        let is_about_this = facts.content.as_deref() == Some(content.to_string().as_str())
            && facts.tree.as_ref().is_some_and(|tree| tree.as_str() == statement.subject.tree.to_string());
        if !is_about_this {
            continue;
        }
        let predicate = statement.predicate;
        let claim = OverrideClaim {
            action: predicate.action,
            at: predicate.signed_at,
            consumed: Fact::Known(consumed),
            expires_at: predicate.expires_at,
            from: None,
            head: statement.subject.head.into(),
            id: stored.id,
            identities: vec![giver],
            plan: None,
            presence: Presence::None,
            reason: predicate.reason,
            repository: predicate.repository,
            target: predicate.target,
            ticket: predicate.ticket,
            uncovered: Vec::new(),
        };
        all.push(Given { claim, content, envelope: stored.envelope });
    }
    Ok(all)
}

fn account(login: &str) -> Account {
    Account { provider: "github".to_owned(), login: login.to_owned() }
}

/// Returns who made a record, for whom.
fn client(token: &str, login: &str, id: u64) -> String {
    format!("{CLIENT}{token} of {} (account {id})", account(login).folded())
}

/// Reads back for whom a record was made.
fn giver(client: &str) -> Option<Identity> {
    let (_, whose) = client.strip_prefix(CLIENT)?.split_once(" of ")?;
    let (account, id) = whose.strip_suffix(')')?.split_once(" (account ")?;
    let id = id.parse().ok()?;
    // Who a token belongs to is a named person, by the word of the operator who made it.
    let kind = Some(AccountKind::Human);
    Some(Identity { account: Some(account.parse().ok()?), id: Some(id), kind, ..Identity::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_tells_whose_it_is_and_no_comment_can_look_like_one() {
        let identity = giver(&client("dana-laptop", "Dana", 105)).unwrap();
        assert_eq!(identity.account.unwrap().folded(), "github:dana");
        assert_eq!((identity.id, identity.kind), (Some(105), Some(AccountKind::Human)));
        for other in [
            "countersign serve, for comment 7 of github:dana (account 105)",
            "countersign 0.1.0",
            "countersign serve, for API token x of github:dana",
            "countersign serve, for API token x of github:dana (account x)",
            "countersign serve, for API token x of dana (account 1)",
        ] {
            assert!(giver(other).is_none(), "{other}");
        }
    }
}

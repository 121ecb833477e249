//! What the server would say to a push, before it leaves: the same gathering, the same decision, with
//! what can be seen from a clone. What cannot is said.

use std::path::Path;

use anyhow::{Result, anyhow};

use super::client::Client;
use super::{POLICY_PATH, Shell};
use crate::adapters::clock::Deadline;
use crate::adapters::git_history::GitHistory;
use crate::adapters::record_refs::RecordRefs;
use crate::adapters::remote_view::RemoteView;
use crate::catalogue::Catalogue;
use crate::decide::{Code, Decider, Verdict};
use crate::facts::{Fact, Facts, Part, Participant};
use crate::gather::{Gatherer, Once, RefChange};
use crate::hook::policy_in_force::{self, PolicyFailure, PolicyInForce};
use crate::hook::pusher::ServerKind;
use crate::hook::settings::{Settings, parse_policy_ref};
use crate::hook::updates::RefUpdate;
use crate::model::{Account, Identity, Oid, Target, terminal_safe};
use crate::policy::{LONGEST_POLICY, Policy, load};
use crate::render::verdict_human::{self, Shown, commits_to_name};
use crate::render::{Context, Look, Occasion, policy_problem};

/// The policy that can be seen, and where it is from.
struct Seen {
    policy: PolicyInForce,
    from: String,
}

/// Who pushes, and how that is known.
struct Pusher {
    account: Account,
    known_by: String,
}

/// Says what the server would say about each ref of a push.
///
/// # Errors
/// When the repository cannot be read.
pub fn foresee(updates: &[RefUpdate], remote: Option<&str>, shell: &mut Shell<'_>) -> Result<()> {
    let judged: Vec<&RefUpdate> = updates.iter().filter(|one| !one.name.starts_with(b"refs/countersign/")).collect();
    if judged.is_empty() {
        return Ok(());
    }
    let mut client = Client::open(shell)?;
    let remote = remote.filter(|name| client.config(&format!("remote.{name}.url")).is_some()).unwrap_or("origin");
    let moved: Vec<RefChange> = judged.iter().map(|update| change(update)).collect();
    let mut told = false;
    let mut missed = false;
    for update in judged {
        let Some(seen) = policy(update, remote, &mut missed, &client, shell)? else { continue };
        told |= foresee_one(update, &moved, remote, &seen, &mut client, shell)?;
    }
    if told && !shell.quiet {
        writeln!(shell.err, "countersign: the push goes on; the server decides")?;
    }
    Ok(())
}

fn change(update: &RefUpdate) -> RefChange {
    RefChange { name: update.name.clone(), old: update.old, new: update.new }
}

/// Says what the server would say about one ref; tells whether it would refuse.
fn foresee_one(
    update: &RefUpdate,
    moved: &[RefChange],
    remote: &str,
    seen: &Seen,
    client: &mut Client,
    shell: &mut Shell<'_>,
) -> Result<bool> {
    let target = terminal_safe(&Target::from_ref_bytes(&update.name).to_string());
    if let Some(old) = update.old.filter(|old| !client.repository.exists(*old).unwrap_or(false)) {
        let old = old.short(12);
        writeln!(
            shell.err,
            "countersign: cannot tell about {target}: its tip {old} is not in this clone; fetch first"
        )?;
        return Ok(false);
    }
    let policy = &seen.policy.policy;
    let pusher = pusher(policy, client);
    let deadline = Deadline::after_seconds(policy.limits.seconds);
    client.repository.set_deadline(deadline.instant());
    let repository = client.repository_name(None, Some(remote)).unwrap_or_default();
    let view = RemoteView::new(GitHistory::with_commit_bytes(&client.repository, policy.limits.message_bytes), remote);
    let refs = RecordRefs::new(&client.repository);
    let participants = pusher
        .iter()
        .map(|pusher| Participant { identity: Identity::from_account(pusher.account.clone()), part: Part::Pusher });
    let gatherer = Gatherer {
        repository: &repository,
        policy,
        policy_place: seen.policy.place.as_ref(),
        serial_of: &|text| seen.policy.serial_of(text),
        history: &view,
        memory: &refs,
        catalogue: &Catalogue::with_rules(&policy.agents, &policy.robots),
        participants: Fact::Known(participants.collect()),
        arriving: &[],
        alongside: Some(moved),
        branch: None,
        now: shell.now,
        is_late: &|| deadline.has_passed(),
        once: Once::default(),
    };
    let facts = gatherer.facts(&change(update));
    let verdict = Decider::new(policy).decide(&facts);
    let hidden = view.hidden_here().unwrap_or_else(|error| vec![error.to_string()]);
    client.repository.set_deadline(None);
    if verdict.is_permit() && verdict.gates().is_empty() {
        // No gate asks for anything here: most pushes.
        return Ok(false);
    }
    let is_refused = !verdict.is_permit();
    if is_refused && pusher.is_none() && blocks_only(&verdict, Code::PusherUnknown) {
        writeln!(
            shell.err,
            "countersign: nothing else stands in the way of {target} than who pushes, which is not known here"
        )?;
        tell_pusher(None, shell)?;
        return Ok(false);
    }
    show(&verdict, &facts, policy, client, shell)?;
    if !shell.quiet {
        writeln!(shell.err, "countersign: judged by {}; the server's policy may differ", seen.from)?;
        if is_refused || shell.verbose > 0 {
            tell_pusher(pusher.as_ref(), shell)?;
        }
        tell_unseen(client, policy, &hidden, &repository, shell)?;
        tell_records(&verdict, update.new, remote, shell)?;
    }
    Ok(is_refused)
}

fn blocks_only(verdict: &Verdict, code: Code) -> bool {
    let mut blocking = verdict.findings().iter().filter(|finding| finding.blocking);
    blocking.all(|finding| finding.code == code)
}

fn show(verdict: &Verdict, facts: &Facts, policy: &Policy, client: &Client, shell: &mut Shell<'_>) -> Result<()> {
    let mut context = Context::of(policy, facts, Occasion::Check);
    for id in commits_to_name(verdict) {
        if let Some(subject) = super::check::subject(client, id.as_str()) {
            context.subjects.insert(id.clone(), subject);
        }
    }
    let context = context.with_review_ref(policy, verdict);
    let shown = Shown { verdict, context: &context };
    let look = Look { color: shell.color, ..Look::default() };
    if verdict.is_permit() {
        let target = terminal_safe(verdict.target());
        writeln!(shell.err, "countersign: {target} would accept this push")?;
    } else {
        write!(shell.err, "{}", verdict_human::push(&[shown], &look))?;
    }
    Ok(())
}

/// Returns the policy that can be seen from here; says why there is none.
fn policy(
    update: &RefUpdate,
    remote: &str,
    missed: &mut bool,
    client: &Client,
    shell: &mut Shell<'_>,
) -> Result<Option<Seen>> {
    let file = client.config("countersign.policy");
    let place = client.config("countersign.policyref");
    let found = if file.is_some() || place.is_some() {
        set_policy(file.as_deref(), place.as_deref(), remote, client, shell)?
    } else {
        policy_in_tree(update, remote, client)
    };
    match found {
        Ok(Some(seen)) => Ok(Some(seen)),
        Ok(None) => {
            // Once for a push is enough.
            if !shell.quiet && !std::mem::replace(missed, true) {
                let target = terminal_safe(&Target::from_ref_bytes(&update.name).to_string());
                writeln!(
                    shell.err,
                    "countersign: no policy can be seen from here, so nothing can be told about {target}"
                )?;
                writeln!(shell.err, "countersign: name a copy of the server's: git config countersign.policy FILE")?;
            }
            Ok(None)
        }
        Err(PolicyFailure::Invalid { errors, text }) => {
            write!(shell.err, "{}", policy_problem::render(&errors.problems, &text, &errors.name, shell.color))?;
            writeln!(shell.err, "countersign: with this policy the server would refuse everything")?;
            Ok(None)
        }
        Err(failure) => {
            let failure = terminal_safe(&failure.to_string());
            writeln!(shell.err, "countersign: cannot tell what the server will say: {failure}")?;
            Ok(None)
        }
    }
}

/// Reads the policy that the clone's settings name: a file, a ref of the server, or both, as a gate does.
fn set_policy(
    file: Option<&str>,
    place: Option<&str>,
    remote: &str,
    client: &Client,
    shell: &Shell<'_>,
) -> Result<std::result::Result<Option<Seen>, PolicyFailure>> {
    let parsed = place.map(parse_policy_ref).transpose().map_err(|why| anyhow!("countersign.policyRef: {why}"))?;
    let fetched = parsed.as_ref().map(|(name, path)| {
        let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
        (format!("refs/remotes/{remote}/{branch}"), path.clone())
    });
    let settings = Settings {
        claims_source_level: false,
        repository: String::new(),
        policy_file: file.map(|file| shell.directory.join(file)),
        policy_ref: fetched,
        server: ServerKind::Plain,
        ledger: Path::new("").to_owned(),
        key: Path::new("").to_owned(),
    };
    let names = file.into_iter().map(ToOwned::to_owned).chain(place.map(|place| format!("{place} as last fetched")));
    let from = names.map(|name| terminal_safe(&name)).collect::<Vec<_>>().join(" and ");
    Ok(policy_in_force::read(&settings, &client.repository).map(|mut policy| {
        if let (Some(place), Some((name, _))) = (&mut policy.place, parsed) {
            // On the server it is the ref itself.
            place.ref_name = name.into_bytes();
        }
        Some(Seen { policy, from })
    }))
}

/// Reads the policy that lies where the change starts, never one that the change brings.
fn policy_in_tree(
    update: &RefUpdate,
    remote: &str,
    client: &Client,
) -> std::result::Result<Option<Seen>, PolicyFailure> {
    let fetched = |branch: &str| {
        let name = format!("refs/remotes/{remote}/{branch}");
        client.repository.read_ref(name.as_bytes()).ok().flatten().map(|tip| (tip, format!("{remote}/{branch}")))
    };
    let start = update.old.map(|old| (old, old.short(12).to_string()));
    let Some((tip, name)) = start.or_else(|| ["HEAD", "main", "master"].into_iter().find_map(fetched)) else {
        return Ok(None);
    };
    let read = || {
        let tree = client.repository.tree_of(client.repository.commit_of(tip)?)?;
        client.repository.file_at(tree, POLICY_PATH.as_bytes(), LONGEST_POLICY + 1)
    };
    let text =
        read().map_err(|error| PolicyFailure::Ref { place: POLICY_PATH.to_owned(), cause: error.to_string() })?;
    let Some(text) = text else { return Ok(None) };
    match load(&text, POLICY_PATH) {
        Ok(loaded) => {
            let policy = PolicyInForce { policy: loaded.policy, place: None, seen: None, file: None };
            Ok(Some(Seen { policy, from: format!("{POLICY_PATH} in {name}") }))
        }
        Err(errors) => Err(PolicyFailure::Invalid { errors, text }),
    }
}

/// Returns who pushes: the account that is set, else the person of the policy with git's own address.
fn pusher(policy: &Policy, client: &Client) -> Option<Pusher> {
    if let Some(account) = client.config("countersign.pusher").and_then(|text| text.parse().ok()) {
        return Some(Pusher { account, known_by: "countersign.pusher".to_owned() });
    }
    let email = client.config("user.email")?.to_lowercase();
    let person = policy.people.values().find(|one| one.emails.iter().any(|known| known.to_lowercase() == email))?;
    let (account, _) = person.accounts.iter().min_by_key(|(account, _)| account.provider != "plain")?;
    Some(Pusher { account: account.clone(), known_by: "user.email".to_owned() })
}

fn tell_pusher(pusher: Option<&Pusher>, shell: &mut Shell<'_>) -> Result<()> {
    match pusher {
        Some(pusher) => {
            let account = terminal_safe(&pusher.account.to_string());
            writeln!(shell.err, "countersign: you are taken for {account}, by {}", pusher.known_by)?;
        }
        None => {
            writeln!(
                shell.err,
                "countersign: say who you are to the server: git config countersign.pusher plain:LOGIN"
            )?;
        }
    }
    Ok(())
}

/// Says what the server sees and a clone does not.
fn tell_unseen(
    client: &Client,
    policy: &Policy,
    hidden: &[String],
    repository: &str,
    shell: &mut Shell<'_>,
) -> Result<()> {
    let mut unseen = vec!["the ledger".to_owned()];
    let teams = policy.roles.values().flat_map(|role| &role.github_teams).chain(&policy.github_orgs);
    if teams.count() > 0 {
        unseen.push("who is in a team or organization".to_owned());
    }
    if client.config("countersign.repository").is_none() {
        unseen.push(format!("its name for this repository, taken for {}", terminal_safe(repository)));
    }
    unseen.push("tags, and refs that were not fetched".to_owned());
    if !hidden.is_empty() {
        unseen.push(format!("history that this clone hides ({})", terminal_safe(&hidden.join(", "))));
    }
    writeln!(shell.err, "countersign: not seen from here: {}", unseen.join("; "))?;
    Ok(())
}

/// Reminds that sign-offs which lie in the clone must reach the server, too.
fn tell_records(verdict: &Verdict, head: Option<Oid>, remote: &str, shell: &mut Shell<'_>) -> Result<()> {
    let mut results = verdict.gates().iter().flat_map(|gate| &gate.requirements);
    let counted = results.any(|result| !result.counted.is_empty());
    let kind = match (counted, verdict.override_id()) {
        (_, Some(_)) => "overrides",
        (true, None) => "sign-offs",
        (false, None) => return Ok(()),
    };
    if let Some(head) = head {
        let refs = format!("refs/countersign/{kind}/{head}/*");
        let remote = terminal_safe(remote);
        writeln!(shell.err, "countersign: what was counted lies in this clone; the server needs it, too:")?;
        writeln!(shell.err, "  git push {remote} '{refs}:{refs}'")?;
    }
    Ok(())
}

//! The facts of one ref update.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Timestamp;

use super::claims::{Claims, ClaimsAbout};
use super::collect::ranges;
use super::cosigners::{self, Signers};
use super::coverage::Judged;
use super::movement::{Movement, movement};
use super::once::Once;
use super::policy_place::{PolicyPlace, judge_policy_change};
use super::shadows::is_gated;
use super::sources::{History, KeptRecord, Memory, Move, Unreadable};
use super::{cleared, commits, first_pushers, starts, traces};
use crate::catalogue::Catalogue;
use crate::facts::{Defect, DefectCode, Fact, Facts, Participant};
use crate::model::{Action, Oid, Target};
use crate::policy::Policy;

/// One ref that is to move.
#[derive(Debug, Clone)]
pub struct RefChange {
    /// The full name, as bytes.
    pub name: Vec<u8>,
    /// The old tip; none when the ref is new.
    pub old: Option<Oid>,
    /// The new tip; none when the ref goes away.
    pub new: Option<Oid>,
}

/// Everything that gathering reads from, and what it gathers for.
pub struct Gatherer<'a> {
    /// The repository's name.
    pub repository: &'a str,
    /// The policy in force.
    pub policy: &'a Policy,
    /// Where the policy is read from, if it is read from this repository.
    pub policy_place: Option<&'a PolicyPlace>,
    /// Loads a policy document and returns its serial.
    pub serial_of: &'a dyn Fn(&[u8]) -> Result<u64, String>,
    /// The repository's history.
    pub history: &'a dyn History,
    /// What the gate remembers.
    pub memory: &'a dyn Memory,
    /// Who recognizes agents.
    pub catalogue: &'a Catalogue,
    /// Who pushes.
    pub participants: Fact<Vec<Participant>>,
    /// Records that arrive with the push.
    pub arriving: &'a [KeptRecord],
    /// All refs that the push moves, those of notes too; none where only the commits themselves are looked at, and
    /// not what else the repository has.
    pub alongside: Option<&'a [RefChange]>,
    /// The branch that the change came on, where that is known and is not the target.
    pub branch: Option<&'a str>,
    /// When.
    pub now: Timestamp,
    /// Tells whether the time for one judgement is used up.
    pub is_late: &'a dyn Fn() -> bool,
    /// What is read once, however many refs a push moves.
    pub once: Once,
}

impl Gatherer<'_> {
    /// Returns the facts of one ref update. Never fails: what cannot be read is unknown.
    #[must_use]
    pub fn facts(&self, change: &RefChange) -> Facts {
        let mut defects = Vec::new();
        let name = self.resolve(&change.name, &mut defects);
        let target = Target::from_ref_bytes(&name);
        let moved = movement(self.history, change.old, change.new);
        defects.extend(moved.defects.iter().filter(|_| self.looks_at_objects(&name)).cloned());
        defects.extend(self.shadow_defect(&name, moved.action));
        defects.extend(self.obscuring());
        let policy_changed = self.policy_move(&name, &moved, &mut defects);
        let known = known_move(&moved);
        let mut facts = self.outline(target, &moved, change, policy_changed);
        match known {
            Ok(movement) => self.fill(&mut facts, &movement, &mut defects),
            Err(cause) => facts.commits = Fact::Unknown(cause.0),
        }
        defects.sort();
        defects.dedup();
        facts.defects = defects;
        facts
    }

    /// Returns the ref that is really moved. A symbolic ref is judged as what it names, and is a
    /// defect besides when that is protected or holds the policy.
    fn resolve(&self, name: &[u8], defects: &mut Vec<Defect>) -> Vec<u8> {
        let shadow = || Defect { code: DefectCode::RefShadowed, subject: Target::from_ref_bytes(name).to_string() };
        match self.history.symbolic_target(name) {
            Ok(None) => name.to_vec(),
            Ok(Some(real)) => {
                let shown = Target::from_ref_bytes(&real).to_string();
                let own = Target::from_ref_bytes(name).to_string();
                let guarded = |name: &str| is_gated(self.policy, name);
                if guarded(&shown) || guarded(&own) || self.is_policy_ref(&real) {
                    defects.push(shadow());
                }
                real
            }
            Err(_) => {
                defects.push(shadow());
                name.to_vec()
            }
        }
    }

    fn is_policy_ref(&self, name: &[u8]) -> bool {
        self.policy_place.is_some_and(|place| place.ref_name == name)
    }

    /// Tells whether a malformed object at the ref's tip matters: tags always must be plain, other
    /// refs must when they are protected. Elsewhere a ref may name anything.
    fn looks_at_objects(&self, name: &[u8]) -> bool {
        let shown = Target::from_ref_bytes(name).to_string();
        name.starts_with(b"refs/tags/") || name.starts_with(b"refs/heads/") || is_gated(self.policy, &shown)
    }

    fn shadow_defect(&self, name: &[u8], action: Action) -> Option<Defect> {
        if action != Action::Create {
            return None;
        }
        let policy_ref = self.policy_place.map(|place| place.ref_name.as_slice());
        let coming = self.alongside.unwrap_or_default();
        let protected = self.once.protected(self.history, self.policy, policy_ref, coming);
        let found = protected.and_then(|protected| match protected.shadowed_by(name) {
            None => self.twin(name),
            found => Ok(found),
        });
        found.unwrap_or_else(|error| {
            let subject = format!("names could not be compared: {error}");
            Some(Defect { code: DefectCode::RefShadowed, subject })
        })
    }

    /// Returns a defect where a new guarded branch would share its short name with a tag that is there, or a tag with a
    /// branch, or either with what git looks for before both (gitrevisions(7)).
    fn twin(&self, name: &[u8]) -> Result<Option<Defect>, Unreadable> {
        let shown = Target::from_ref_bytes(name).to_string();
        let (other, short) = match (shown.strip_prefix("refs/tags/"), shown.strip_prefix("refs/heads/")) {
            (Some(short), _) => ("refs/heads/", short),
            (None, Some(short)) => ("refs/tags/", short),
            (None, None) => return Ok(None),
        };
        if !is_gated(self.policy, &shown) {
            return Ok(None);
        }
        let names = [format!("{other}{short}"), format!("refs/{short}")];
        let tips = self.once.tips(self.history)?;
        let found = names.into_iter().find(|name| tips.iter().any(|tip| tip.name == *name));
        Ok(found.map(|subject| Defect { code: DefectCode::RefShadowed, subject }))
    }

    pub(super) fn obscuring(&self) -> Vec<Defect> {
        let obscured = |subject: String| Defect { code: DefectCode::HistoryObscured, subject };
        match self.history.obscured() {
            Ok(reasons) => reasons.into_iter().map(obscured).collect(),
            Err(error) => vec![obscured(error.0)],
        }
    }

    /// Tells whether the push changes the policy's document.
    fn policy_move(&self, name: &[u8], moved: &Movement, defects: &mut Vec<Defect>) -> bool {
        let Some(place) = self.policy_place.filter(|place| place.ref_name == name) else { return false };
        let judged =
            known_move(moved).and_then(|movement| judge_policy_change(self.history, place, &movement, self.serial_of));
        match judged {
            Ok(policy_move) => {
                defects.extend(policy_move.defects);
                policy_move.changed
            }
            Err(error) => {
                defects.push(Defect { code: DefectCode::PolicyInvalid, subject: error.0 });
                true
            }
        }
    }

    /// Returns the facts that need no history.
    pub(super) fn outline(&self, target: Target, moved: &Movement, change: &RefChange, policy_changed: bool) -> Facts {
        let fallback = change.new.or(change.old).map(Into::into);
        let head = moved.head.clone().map(Into::into).ok().or(fallback);
        Facts {
            action: moved.action,
            clean_merge_of: None,
            commits: Fact::missing(),
            content: None,
            defects: Vec::new(),
            destructive: Fact::Known(false),
            from: match &moved.from {
                Ok(from) => Fact::Known(from.map(Into::into)),
                Err(error) => Fact::Unknown(error.0.clone()),
            },
            head: head.unwrap_or_else(|| "".into()),
            losses: None,
            memberships: BTreeMap::new(),
            now: self.now,
            overdue_reviews: Vec::new(),
            overrides: Fact::none(),
            participants: self.participants.clone(),
            paths: Fact::missing(),
            plan: None,
            policy_changed,
            relied: Vec::new(),
            repository: self.repository.to_owned(),
            rollback: false,
            settled: Vec::new(),
            sign_offs: Fact::none(),
            target,
            tree: None,
        }
    }

    /// Reads the history of the change.
    pub(super) fn fill(&self, facts: &mut Facts, movement: &Move, defects: &mut Vec<Defect>) {
        let judged_in_full = facts.target.as_ref_name().is_some_and(|name| is_gated(self.policy, name));
        let in_full = judged_in_full || facts.policy_changed;
        let mut from = movement.from;
        let excluded = match self.excluded(facts, movement) {
            Ok(excluded) => excluded,
            Err(error) => {
                facts.commits = Fact::Unknown(error.0);
                return;
            }
        };
        let mut further_bases = Vec::new();
        if movement.action == Action::Create && in_full {
            match self.history.best_bases(movement.head, &excluded) {
                Ok(bases) => {
                    from = bases.first().copied();
                    further_bases = bases.into_iter().skip(1).collect();
                    facts.from = Fact::Known(from.map(Into::into));
                }
                Err(error) => facts.from = Fact::Unknown(error.0),
            }
        }
        let collected = self.collect(movement, &ranges(movement, &excluded), in_full, facts.target.as_ref_name());
        defects.extend(collected.defects);
        facts.commits = collected.commits;
        if in_full && movement.action != Action::Delete {
            self.fill_content(facts, movement, from, defects);
            self.fill_clean_merge(facts, movement, from);
            traces::enter(self.history, self.catalogue, facts, self.is_late);
            starts::compare_paths(self.history, self.policy, facts, movement.head, &further_bases);
        }
        if in_full {
            let floor = if movement.action == Action::Rewind { None } else { from };
            self.fill_claims(facts, movement, from, floor.as_slice());
        }
    }

    /// Returns the tips whose history is not judged: the old tip; for a new ref what `Once` knows.
    fn excluded(&self, facts: &Facts, movement: &Move) -> Result<Rc<[Oid]>, Unreadable> {
        if movement.action != Action::Create {
            return Ok(movement.from.into_iter().collect());
        }
        let target = facts.target.as_ref_name().unwrap_or_default();
        let tips = self.once.excluded(self.history, self.memory, self.policy, target)?;
        if !is_gated(self.policy, target) {
            return Ok(tips);
        }
        Ok(self.interior(target, movement.head, &tips)?.map_or(tips, Rc::from))
    }

    /// Reads digest, paths and tree.
    pub(super) fn fill_content(
        &self,
        facts: &mut Facts,
        movement: &Move,
        from: Option<Oid>,
        defects: &mut Vec<Defect>,
    ) {
        match self.content(movement, from) {
            Ok((content, tree)) => {
                facts.content = Some(content.digest.to_string());
                facts.paths = match content.paths.iter().find(|path| leads_elsewhere(path)) {
                    Some(path) => Fact::Unknown(format!("git would not write `{path}`, which may be another path")),
                    None => Fact::Known(content.paths),
                };
                facts.tree = Some(tree.into());
            }
            Err(error) => {
                facts.paths = Fact::Unknown(error.0.clone());
                // Without the content nothing can be told to be what was signed.
                facts.sign_offs = Fact::Unknown(error.0);
            }
        }
        if (self.is_late)() {
            let limit = self.policy.limits.seconds;
            defects.push(Defect { code: DefectCode::LimitExceeded, subject: format!("more than {limit} seconds") });
        }
    }

    /// Tells what the head merges with what the change starts from, if it does just that.
    pub(super) fn fill_clean_merge(&self, facts: &mut Facts, movement: &Move, from: Option<Oid>) {
        if let (Action::Update | Action::Deploy, Some(from)) = (movement.action, from) {
            facts.clean_merge_of = commits::merged_cleanly(self.history, facts, from);
        }
    }

    fn content(&self, movement: &Move, from: Option<Oid>) -> Result<(super::Content, Oid), Unreadable> {
        let base = claims_base(self.history, movement.action, from, movement.head)?;
        let content = self.history.content(base, movement.head)?;
        Ok((content, self.history.tree(movement.head)?))
    }

    /// Reads the records that may concern the change, and what became of its commits elsewhere.
    pub(super) fn fill_claims(&self, facts: &mut Facts, movement: &Move, from: Option<Oid>, floors: &[Oid]) {
        let about = ClaimsAbout { movement, from };
        let claims = self.claims();
        let mut signers: Vec<Signers> = Vec::new();
        if facts.sign_offs.known().is_some() {
            let judged = Judged {
                commits: facts.commits.known().map_or(&[], Vec::as_slice),
                floors,
                clean_head: facts.clean_merge_of.as_ref().map(|_| facts.head.clone()),
                limit: self.policy.limits.commits,
            };
            match claims.gather(&about, facts, &judged, self.arriving) {
                Ok(found) => {
                    facts.sign_offs = Fact::Known(found.sign_offs);
                    facts.overrides = Fact::Known(found.overrides);
                    signers = found.signers;
                }
                Err(error) => {
                    facts.sign_offs = Fact::Unknown(error.0.clone());
                    facts.overrides = Fact::Unknown(error.0);
                }
            }
        }
        match self.memory.overdue_reviews(self.now, self.policy.overrides.review_within) {
            Ok(people) => facts.overdue_reviews = people,
            Err(error) => facts.overrides = Fact::Unknown(error.0),
        }
        self.fill_cleared(facts, &claims);
        first_pushers::enter(facts, self.policy, self.memory);
        cosigners::settle(self.policy, facts, &signers);
    }

    pub(super) fn claims(&self) -> Claims<'_> {
        Claims { policy: self.policy, history: self.history, memory: self.memory, now: self.now, is_late: self.is_late }
    }

    fn fill_cleared(&self, facts: &mut Facts, claims: &Claims<'_>) {
        let Fact::Known(commits) = &facts.commits else { return };
        let ids: Vec<Oid> = commits.iter().filter_map(|commit| commit.id.as_str().parse().ok()).collect();
        // A landing that cannot be read clears nothing, which only ever asks for more.
        if let Ok(landings) = self.memory.landings(&ids) {
            cleared::enter(facts, &landings, self.policy, &mut claims.withdrawals());
        }
    }
}

/// Tells whether a path is none that git writes (`verify_path` in its read-cache.c): what unpacks it may end up at
/// another one.
fn leads_elsewhere(path: &str) -> bool {
    let path = path.strip_prefix('"').and_then(|path| path.strip_suffix('"')).unwrap_or(path);
    path.split('/').any(|part| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git"))
}

/// Returns the movement when both ends are known.
fn known_move(moved: &Movement) -> Result<Move, Unreadable> {
    Ok(Move { action: moved.action, from: moved.from.clone()?, head: moved.head.clone()? })
}

/// Returns the base of the content digest.
pub(super) fn claims_base(
    history: &dyn History,
    action: Action,
    from: Option<Oid>,
    head: Oid,
) -> Result<Option<Oid>, Unreadable> {
    match (action, from) {
        (_, None) => Ok(None),
        (Action::Rewind | Action::Deploy | Action::Delete, Some(from)) => Ok(Some(from)),
        (Action::Update | Action::Create, Some(from)) => Ok(history.merge_bases(head, from)?.into_iter().min()),
    }
}

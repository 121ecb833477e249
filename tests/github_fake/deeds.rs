//! What people, bots and git do on the fake: each deed changes the world and sends its webhooks.

use countersign::forge::RepositoryId;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::people::install;
use super::world::{Activity, Comment, Pull, Repository, Review, Webhook, World};
use super::{Edit, Fake, Who, bodies, git};

/// How a pull request is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    Commit,
    Squash,
    Rebase,
}

/// Where new repositories begin.
const FIRST: Who = Who { name: "Grace Hopper", email: "grace@example.com" };

impl Fake {
    /// Says where webhooks go.
    pub fn send_webhooks_to(&self, url: &str, secret: &str) {
        self.world().webhook = Some(Webhook { url: url.to_owned(), secret: secret.to_owned() });
    }

    /// Makes a repository with one commit on `main`; its owner is made and gets the app when new.
    pub fn repository(&self, owner: &str, name: &str) -> RepositoryId {
        let known = self.world().users.iter().any(|user| user.login == owner);
        if !known {
            self.organization(owner, &[]);
        }
        let id = self.world().number();
        let path = self.directory.path().join(format!("{id}.git"));
        git::make(&path);
        let readme = Edit::new(FIRST, "Begin", "README.md", name);
        git::add_commits(&path, "main", None, &[readme], 1_700_000_000);
        let refs = git::refs(&path);
        let mut world = self.world();
        world.repositories.insert(
            id,
            Repository {
                id,
                owner: owner.to_owned(),
                name: name.to_owned(),
                former: Vec::new(),
                default_branch: "main".to_owned(),
                path,
                refs,
                pulls: std::collections::BTreeMap::default(),
                checks: Vec::new(),
                statuses: Vec::new(),
                strangers: std::collections::HashSet::default(),
                activity: Vec::new(),
                queues: std::collections::BTreeMap::default(),
                web_flow: std::collections::HashSet::default(),
                asked: std::collections::HashMap::default(),
                settings: super::settings::Settings::default(),
                runs: std::collections::BTreeMap::default(),
                deployments: std::collections::BTreeMap::default(),
            },
        );
        let installation = install(&mut world, owner);
        RepositoryId { installation, repository: id }
    }

    /// Returns where a repository's objects are, for tests that write them with git themselves; then
    /// [`Fake::pushed`] has to be called.
    pub fn bare(&self, id: RepositoryId) -> std::path::PathBuf {
        self.world().repository(id).path.clone()
    }

    /// Returns the tip of a branch.
    pub fn tip(&self, id: RepositoryId, branch: &str) -> String {
        self.world().repository(id).refs[&format!("refs/heads/{branch}")].clone()
    }

    /// Gives a repository another name; links with the old one lead there.
    pub fn rename(&self, id: RepositoryId, name: &str) {
        let mut world = self.world();
        let repository = world.repository(id);
        let former = (repository.owner.clone(), std::mem::replace(&mut repository.name, name.to_owned()));
        repository.former.push(former);
        let body = bodies::repository_event(&world, id, "renamed", json!({}));
        self.outbox.put(&mut world, "repository", body);
    }

    /// Pushes commits to a branch, which begins at `main` when it is new; returns its tip.
    pub fn push(&self, id: RepositoryId, branch: &str, pusher: &str, edits: &[Edit]) -> String {
        let (path, from) = {
            let mut world = self.world();
            let repository = world.repository(id);
            let tip = |name: &str| repository.refs.get(&format!("refs/heads/{name}")).cloned();
            (repository.path.clone(), tip(branch).or_else(|| tip("main")))
        };
        git::add_commits(&path, branch, from.as_deref(), edits, Timestamp::now().as_second());
        self.pushed(id, Some(pusher));
        self.tip(id, branch)
    }

    /// Moves a branch to any commit, or removes it.
    pub fn set_branch(&self, id: RepositoryId, branch: &str, to: Option<&str>, pusher: &str) {
        let path = self.bare(id);
        let name = format!("refs/heads/{branch}");
        match to {
            Some(to) => git::run(&path, &["update-ref", &name, to]),
            None => git::run(&path, &["update-ref", "-d", &name]),
        };
        self.pushed(id, Some(pusher));
    }

    /// Takes notice of what changed in git: activity, pull requests, webhooks.
    pub fn pushed(&self, id: RepositoryId, pusher: Option<&str>) {
        let mut world = self.world();
        let actor = pusher.map(|login| world.user_named(login).id);
        let repository = world.repository(id);
        let path = repository.path.clone();
        let now = git::refs(&path);
        let before = std::mem::replace(&mut repository.refs, now.clone());
        let names: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        for name in names {
            let (old, new) = (before.get(name), now.get(name));
            if old != new && name.starts_with("refs/heads/") {
                self.ref_moved(&mut world, id, name, [old, new], actor);
            }
        }
    }

    fn ref_moved(
        &self,
        world: &mut World,
        id: RepositoryId,
        name: &str,
        [old, new]: [Option<&String>; 2],
        actor: Option<u64>,
    ) {
        let zero = "0".repeat(40);
        let number = world.number();
        let at = Timestamp::now();
        let repository = world.repository(id);
        let path = repository.path.clone();
        let forced = matches!((old, new), (Some(old), Some(new)) if !git::contains(&path, new, old));
        let kind = match (old, new) {
            (None, _) => "branch_creation",
            (_, None) => "branch_deletion",
            _ if forced => "force_push",
            _ => "push",
        };
        let before = old.unwrap_or(&zero).clone();
        let after = new.unwrap_or(&zero).clone();
        let entry = Activity {
            id: number,
            name: name.to_owned(),
            before: before.clone(),
            after: after.clone(),
            at,
            actor,
            kind,
        };
        repository.activity.insert(0, entry);
        let body = bodies::push(world, id, name, &before, &after, forced, actor);
        self.outbox.put(world, "push", body);
        let branch = name.trim_start_matches("refs/heads/");
        let moved: Vec<(u64, u64)> = world
            .repositories
            .values()
            .flat_map(|one| one.pulls.values().map(move |pull| (one.id, pull)))
            .filter(|(_, pull)| pull.state == "OPEN" && pull.head_repository == id.repository)
            .filter(|(_, pull)| pull.head_ref == branch && new.is_some())
            .map(|(holder, pull)| (holder, pull.number))
            .collect();
        for (holder, number) in moved {
            self.head_moved(world, RepositoryId { repository: holder, ..id }, number, &path, &after, forced, actor);
        }
    }

    fn head_moved(
        &self,
        world: &mut World,
        id: RepositoryId,
        number: u64,
        from: &std::path::Path,
        head: &str,
        forced: bool,
        actor: Option<u64>,
    ) {
        let who = actor.map(|actor| bodies::actor(world.user(actor)));
        let repository = world.repository(id);
        offer(repository, from, number, head);
        let pull = repository.pulls.get_mut(&number).unwrap();
        let before = std::mem::replace(&mut pull.head, head.to_owned());
        if forced {
            pull.timeline.push(json!({
                "__typename": "HeadRefForcePushedEvent", "createdAt": Timestamp::now(), "actor": who,
                "beforeCommit": {"__typename": "Commit", "oid": before},
                "afterCommit": {"__typename": "Commit", "oid": head},
            }));
        }
        let more = json!({"before": before, "after": head});
        let body = bodies::pull_event(world, id, number, "synchronize", actor, more);
        self.outbox.put(world, "pull_request", body);
    }

    /// Opens a pull request for a branch of the same repository; returns its number.
    pub fn open(&self, id: RepositoryId, head: &str, base: &str, opener: &str) -> u64 {
        self.open_from(id, id, head, base, opener, &[])
    }

    /// Opens a pull request, perhaps from a fork, with assignees.
    pub fn open_from(
        &self,
        id: RepositoryId,
        fork: RepositoryId,
        head: &str,
        base: &str,
        opener: &str,
        assignees: &[&str],
    ) -> u64 {
        let mut world = self.world();
        let opener = world.user_named(opener).id;
        let assignees = assignees.iter().map(|login| world.user_named(login).id).collect();
        let source = world.repository(fork);
        let (from, tip) = (source.path.clone(), source.refs[&format!("refs/heads/{head}")].clone());
        let draft = world.open_as_drafts;
        let repository = world.repository(id);
        let number = repository.pulls.keys().max().copied().unwrap_or_default() + 1;
        offer(repository, &from, number, &tip);
        repository.pulls.insert(
            number,
            Pull {
                number,
                title: format!("Bring {head}"),
                opener: Some(opener),
                assignees,
                requested: Vec::new(),
                draft,
                head_ref: head.to_owned(),
                head_repository: fork.repository,
                head: tip,
                base_ref: base.to_owned(),
                state: "OPEN",
                merge_commit: None,
                merged_at: None,
                created_at: Timestamp::now(),
                reviews: Vec::new(),
                comments: Vec::new(),
                timeline: Vec::new(),
            },
        );
        let body = bodies::pull_event(&world, id, number, "opened", Some(opener), json!({}));
        self.outbox.put(&mut world, "pull_request", body);
        number
    }

    /// Closes a pull request without merging it.
    pub fn close(&self, id: RepositoryId, number: u64) {
        let mut world = self.world();
        world.repository(id).pulls.get_mut(&number).unwrap().state = "CLOSED";
        let body = bodies::pull_event(&world, id, number, "closed", None, json!({}));
        self.outbox.put(&mut world, "pull_request", body);
    }

    /// Gives a review (`APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`) on the present head.
    pub fn review(&self, id: RepositoryId, number: u64, reviewer: &str, state: &'static str) -> u64 {
        let mut world = self.world();
        let named = reviewer.to_owned();
        let reviewer = world.user_named(reviewer).id;
        let review = world.number();
        let pull = world.repository(id).pulls.get_mut(&number).unwrap();
        let commit = Some(pull.head.clone());
        pull.requested.retain(|login| *login != named);
        pull.reviews.push(Review { id: review, reviewer: Some(reviewer), state, commit, at: Timestamp::now() });
        let body = bodies::review_event(&world, id, number, review, "submitted", Some(reviewer));
        self.outbox.put(&mut world, "pull_request_review", body);
        review
    }

    /// Dismisses a review.
    pub fn dismiss(&self, id: RepositoryId, number: u64, review: u64, by: &str) {
        let mut world = self.world();
        let by = world.user_named(by).clone();
        let pull = world.repository(id).pulls.get_mut(&number).unwrap();
        let given = pull.reviews.iter_mut().find(|given| given.id == review).unwrap();
        let before = std::mem::replace(&mut given.state, "DISMISSED");
        pull.timeline.push(json!({
            "__typename": "ReviewDismissedEvent", "createdAt": Timestamp::now(), "previousReviewState": before,
            "actor": bodies::actor(&by),
            "review": {"__typename": "PullRequestReview", "fullDatabaseId": review.to_string()},
        }));
        let body = bodies::review_event(&world, id, number, review, "dismissed", Some(by.id));
        self.outbox.put(&mut world, "pull_request_review", body);
    }

    /// Writes a comment.
    pub fn comment(&self, id: RepositoryId, number: u64, author: &str, text: &str) -> u64 {
        let mut world = self.world();
        let author = world.user_named(author).id;
        let comment = world.number();
        let written = Comment {
            id: comment,
            author: Some(author),
            body: text.to_owned(),
            at: Timestamp::now(),
            edited_at: None,
            through_app: false,
        };
        world.repository(id).pulls.get_mut(&number).unwrap().comments.push(written);
        let body = bodies::comment_event(&world, id, number, comment, "created");
        self.outbox.put(&mut world, "issue_comment", body);
        comment
    }

    /// Changes a comment.
    pub fn edit_comment(&self, id: RepositoryId, number: u64, comment: u64, text: &str) {
        let mut world = self.world();
        let pull = world.repository(id).pulls.get_mut(&number).unwrap();
        let written = pull.comments.iter_mut().find(|one| one.id == comment).unwrap();
        written.body = text.to_owned();
        written.edited_at = Some(Timestamp::now());
        let body = bodies::comment_event(&world, id, number, comment, "edited");
        self.outbox.put(&mut world, "issue_comment", body);
    }

    /// Turns a pull request towards another branch.
    pub fn retarget(&self, id: RepositoryId, number: u64, base: &str) {
        let mut world = self.world();
        let pull = world.repository(id).pulls.get_mut(&number).unwrap();
        let before = std::mem::replace(&mut pull.base_ref, base.to_owned());
        pull.timeline.push(json!({
            "__typename": "BaseRefChangedEvent", "createdAt": Timestamp::now(),
            "previousRefName": before, "currentRefName": base, "actor": Value::Null,
        }));
        let more = json!({"changes": {"base": {"ref": {"from": before}}}});
        let body = bodies::pull_event(&world, id, number, "edited", None, more);
        self.outbox.put(&mut world, "pull_request", body);
    }

    /// Takes somebody off the list of those who are asked for a review.
    pub fn withdraw_request(&self, id: RepositoryId, number: u64, login: &str) {
        let mut world = self.world();
        let who = bodies::actor(world.user_named(login));
        let pull = world.repository(id).pulls.get_mut(&number).unwrap();
        pull.requested.retain(|asked| asked != login);
        pull.timeline.push(json!({
            "__typename": "ReviewRequestRemovedEvent", "createdAt": Timestamp::now(), "requestedReviewer": who,
        }));
        let body = bodies::pull_event(&world, id, number, "review_request_removed", None, json!({}));
        self.outbox.put(&mut world, "pull_request", body);
    }

    /// Says that a pull request is a draft, or is none any more.
    pub fn set_draft(&self, id: RepositoryId, number: u64, draft: bool) {
        let mut world = self.world();
        world.repository(id).pulls.get_mut(&number).unwrap().draft = draft;
        let action = if draft { "converted_to_draft" } else { "ready_for_review" };
        let body = bodies::pull_event(&world, id, number, action, None, json!({}));
        self.outbox.put(&mut world, "pull_request", body);
    }

    /// Presses a button of a check.
    pub fn press(&self, id: RepositoryId, check: u64, identifier: &str, by: &str) {
        let mut world = self.world();
        let by = world.user_named(by).id;
        let mut body = bodies::check_event(&world, id, check, "requested_action", by);
        bodies::merge(&mut body, json!({"requested_action": {"identifier": identifier}}));
        self.outbox.put(&mut world, "check_run", body);
    }

    /// Presses a button of a check or asks for it anew.
    pub fn rerequest(&self, id: RepositoryId, check: u64, by: &str) {
        let mut world = self.world();
        let by = world.user_named(by).id;
        let body = bodies::check_event(&world, id, check, "rerequested", by);
        self.outbox.put(&mut world, "check_run", body);
    }
}

/// Lets a pull request's ref lead to a commit, which may come from a fork.
fn offer(repository: &mut Repository, from: &std::path::Path, number: u64, head: &str) {
    let name = format!("refs/pull/{number}/head");
    if from != repository.path {
        git::run(&repository.path, &["fetch", "-q", from.to_str().unwrap(), &format!("+{head}:{name}")]);
    } else {
        git::run(&repository.path, &["update-ref", &name, head]);
    }
    repository.refs.insert(name, head.to_owned());
}

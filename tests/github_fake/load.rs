//! Many pull requests at once, and webhooks without deeds: for runs that measure or kill.

use std::fmt::Write as _;

use countersign::forge::RepositoryId;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::{Activity, Pull};
use super::{Edit, Fake, bodies, git};

impl Fake {
    /// Opens pull requests, each with one commit on a branch `load-N` of its own, in one go and without
    /// webhooks; returns their numbers.
    pub fn open_many(&self, id: RepositoryId, count: u64, opener: &str, edit: &Edit) -> Vec<u64> {
        let mut world = self.world();
        let opener = world.user_named(opener).id;
        let repository = world.repository(id);
        let first = repository.pulls.keys().max().copied().unwrap_or_default() + 1;
        let main = repository.refs["refs/heads/main"].clone();
        let mut stream = String::new();
        for number in first..first + count {
            let who = format!("{} <{}> 1700000000 +0000", edit.author.name, edit.author.email);
            let message = format!("{}\n\nNumber {number}.\n", edit.message);
            write!(stream, "commit refs/heads/load-{number}\nauthor {who}\ncommitter {who}\n").unwrap();
            write!(stream, "data {}\n{message}\nfrom {main}\n", message.len()).unwrap();
            for (path, content) in &edit.files {
                let text = format!("{number}\n{}", String::from_utf8_lossy(content.as_deref().unwrap_or_default()));
                write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len()).unwrap();
            }
            stream.push('\n');
        }
        git::run_with(&repository.path, &["fast-import", "--quiet", "--force"], stream.as_bytes(), &[]);
        repository.refs = git::refs(&repository.path);
        let mut updates = String::new();
        let last = repository.activity.iter().map(|one| one.id).max().unwrap_or_default();
        for (activity, number) in (last + 1..).zip(first..first + count) {
            let head = repository.refs[&format!("refs/heads/load-{number}")].clone();
            writeln!(updates, "create refs/pull/{number}/head {head}").unwrap();
            repository.refs.insert(format!("refs/pull/{number}/head"), head.clone());
            // What git would be asked, for each of them by itself.
            repository.asked.insert(format!("commits {main} {head}"), json!([head]));
            repository.asked.insert(format!("exists {head}"), json!(true));
            repository.activity.push(Activity {
                id: activity,
                name: format!("refs/heads/load-{number}"),
                before: "0".repeat(40),
                after: head.clone(),
                at: Timestamp::now(),
                actor: Some(opener),
                kind: "branch_creation",
            });
            let pull = Pull {
                number,
                title: format!("Load {number}"),
                opener: Some(opener),
                assignees: Vec::new(),
                requested: Vec::new(),
                draft: false,
                head_ref: format!("load-{number}"),
                head_repository: id.repository,
                head,
                base_ref: "main".to_owned(),
                state: "OPEN",
                merge_commit: None,
                merged_at: None,
                created_at: Timestamp::now(),
                reviews: Vec::new(),
                comments: Vec::new(),
                timeline: Vec::new(),
            };
            repository.pulls.insert(number, pull);
        }
        git::run_with(&repository.path, &["update-ref", "--stdin"], updates.as_bytes(), &[]);
        (first..first + count).collect()
    }

    /// Returns what a webhook about a pull request would hold, to be sent by the caller.
    pub fn pull_request_event(&self, id: RepositoryId, number: u64, action: &str) -> Value {
        bodies::pull_event(&self.world(), id, number, action, None, json!({}))
    }

    /// Returns what a webhook about a review would hold, to be sent by the caller.
    pub fn review_event(&self, id: RepositoryId, number: u64, review: u64) -> Value {
        bodies::review_event(&self.world(), id, number, review, "submitted", None)
    }

    /// Sends a webhook about a pull request although nothing happened.
    pub fn announce(&self, id: RepositoryId, number: u64, action: &str) {
        let mut world = self.world();
        let body = bodies::pull_event(&world, id, number, action, None, json!({}));
        self.outbox.put(&mut world, "pull_request", body);
    }
}

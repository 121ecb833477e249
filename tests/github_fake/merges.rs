//! What GitHub itself writes: merges, the button that updates a branch, and the merge queue.

use countersign::forge::RepositoryId;
use jiff::Timestamp;
use serde_json::json;

use super::deeds::Merge;
use super::world::QueueEntry;
use super::{Fake, bodies, git};

impl Fake {
    /// Merges a pull request and returns the commit that the branch then has.
    pub fn merge(&self, id: RepositoryId, number: u64, how: Merge, by: &str) -> String {
        let (path, base_ref, base, head, title) = self.ends(id, number);
        let author = (by, "merger@example.com");
        let commits = git::commits_between(&path, &base, &head);
        let landed = match how {
            Merge::Commit => {
                let tree = git::merged_tree(&path, None, &base, &head);
                git::commit_tree(
                    &path,
                    &tree,
                    &[&base, &head],
                    &format!("Merge pull request #{number}\n\n{title}"),
                    author,
                )
            }
            Merge::Squash => {
                let tree = git::merged_tree(&path, None, &base, &head);
                let message = commits.iter().map(|commit| git::run(&path, &["log", "-1", "--format=%B", commit]));
                let message = format!("{title} (#{number})\n\n{}", message.collect::<Vec<_>>().join("\n\n"));
                git::commit_tree(&path, &tree, &[&base], &message, author)
            }
            Merge::Rebase => commits.iter().fold(base, |onto, commit| pick(&path, &onto, commit)),
        };
        git::run(&path, &["update-ref", &format!("refs/heads/{base_ref}"), &landed]);
        {
            let mut world = self.world();
            let repository = world.repository(id);
            repository.web_flow.insert(landed.clone());
            let pull = repository.pulls.get_mut(&number).unwrap();
            pull.state = "MERGED";
            pull.merge_commit = Some(landed.clone());
            pull.merged_at = Some(Timestamp::now());
        }
        self.pushed(id, Some(by));
        let mut world = self.world();
        let by = world.user_named(by).id;
        let body = bodies::pull_event(&world, id, number, "closed", Some(by), json!({}));
        self.outbox.put(&mut world, "pull_request", body);
        landed
    }

    /// Merges the base into the head, as the button does; returns the new head.
    pub fn update_branch(&self, id: RepositoryId, number: u64, by: &str) -> String {
        let (path, base_ref, base, head, _) = self.ends(id, number);
        let head_ref = self.world().repository(id).pulls[&number].head_ref.clone();
        let tree = git::merged_tree(&path, None, &head, &base);
        let message = format!("Merge branch '{base_ref}' into {head_ref}");
        let merged = git::commit_tree(&path, &tree, &[&head, &base], &message, (by, "merger@example.com"));
        git::run(&path, &["update-ref", &format!("refs/heads/{head_ref}"), &merged]);
        self.world().repository(id).web_flow.insert(merged.clone());
        self.pushed(id, Some(by));
        merged
    }

    /// Puts pull requests into the merge queue of a branch, as one group; returns the group's head.
    pub fn queue_group(&self, id: RepositoryId, branch: &str, numbers: &[u64]) -> String {
        let start = self.tip(id, branch);
        let mut base = start.clone();
        let mut entries = Vec::new();
        for number in numbers {
            let (path, _, _, head, title) = self.ends(id, *number);
            let tree = git::merged_tree(&path, None, &base, &head);
            let message = format!("Merge pull request #{number}\n\n{title}");
            let merged = git::commit_tree(&path, &tree, &[&base, &head], &message, ("GitHub", "noreply@github.com"));
            let name = format!("refs/heads/gh-readonly-queue/{branch}/pr-{number}-{base}");
            git::run(&path, &["update-ref", &name, &merged]);
            entries.push(QueueEntry { number: *number, head: merged.clone(), base: base.clone() });
            base = merged;
        }
        {
            let mut world = self.world();
            let repository = world.repository(id);
            repository.web_flow.extend(entries.iter().map(|entry| entry.head.clone()));
            repository.queues.entry(branch.to_owned()).or_default().extend(entries);
        }
        self.pushed(id, None);
        let mut world = self.world();
        let body = bodies::group_event(&world, id, branch, &start, &base, "checks_requested");
        self.outbox.put(&mut world, "merge_group", body);
        base
    }

    /// Lands everything in a merge queue with one push, as a queue does when its last check is green.
    pub fn land_queue(&self, id: RepositoryId, branch: &str) -> String {
        let entries = self.world().repository(id).queues.remove(branch).unwrap_or_default();
        let head = entries.last().unwrap().head.clone();
        let path = self.bare(id);
        git::run(&path, &["update-ref", &format!("refs/heads/{branch}"), &head]);
        {
            let mut world = self.world();
            let repository = world.repository(id);
            for entry in &entries {
                let pull = repository.pulls.get_mut(&entry.number).unwrap();
                pull.state = "MERGED";
                pull.merge_commit = Some(entry.head.clone());
                pull.merged_at = Some(Timestamp::now());
            }
        }
        self.bot("github-merge-queue[bot]");
        self.pushed(id, Some("github-merge-queue[bot]"));
        let mut world = self.world();
        for entry in &entries {
            let body = bodies::pull_event(&world, id, entry.number, "closed", None, json!({}));
            self.outbox.put(&mut world, "pull_request", body);
        }
        head
    }

    /// Takes everything out of a merge queue.
    pub fn empty_queue(&self, id: RepositoryId, branch: &str) {
        self.world().repository(id).queues.remove(branch);
    }

    /// Returns the repository, the base's name, both tips and the title.
    fn ends(&self, id: RepositoryId, number: u64) -> (std::path::PathBuf, String, String, String, String) {
        let mut world = self.world();
        let repository = world.repository(id);
        let pull = &repository.pulls[&number];
        let base = repository.refs[&format!("refs/heads/{}", pull.base_ref)].clone();
        (repository.path.clone(), pull.base_ref.clone(), base, pull.head.clone(), pull.title.clone())
    }
}

/// Puts one commit onto another, keeping its author and message.
fn pick(path: &std::path::Path, onto: &str, commit: &str) -> String {
    let tree = git::merged_tree(path, Some(&format!("{commit}^")), onto, commit);
    let show = |format: &str| git::run(path, &["log", "-1", &format!("--format={format}"), commit]);
    let (name, email) = (show("%an"), show("%ae"));
    git::commit_tree(path, &tree, &[onto], &show("%B"), (&name, &email))
}

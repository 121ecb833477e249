//! A merge queue's group: every pull request in it must be permitted, and the group's commits must be
//! what merging them gives.

use super::answer::{Answer, check_name, combined, digest};
use super::evaluate::Service;
use super::failure::Failure;
use super::stores::Stores;
use crate::adapters::clock;
use crate::adapters::git::Repository;
use crate::adapters::git_history::GitHistory;
use crate::forge::{Forge, QueuedGroup, RepositoryId, Subject};
use crate::gather::{History as _, Merge, Unreadable};
use crate::inbox::{KnownChange, PublishedCheck};
use crate::model::{Oid, Target};

impl<S: Stores, F: Forge> Service<S, F> {
    /// Judges a group and publishes the answer on its head.
    pub(super) async fn group(&self, id: RepositoryId, head: Oid, target: &str, attempts: u32) -> Result<(), Failure> {
        let wanted = Target::from_ref_bytes(target.as_bytes());
        let groups = match self.forge().queued_groups(id, &wanted).await.map_err(Failure::from) {
            // Without the repository there is no queue, and nobody who waits for an answer.
            Err(failure) if failure.is_gone() => return Ok(()),
            groups => groups?,
        };
        let Some(group) = groups.into_iter().find(|group| group.head == head) else { return Ok(()) };
        let mut changes = Vec::new();
        for (number, _) in &group.entries {
            let number = *number;
            let known = || self.stores().service(move |store| store.change(id, number));
            let before = known().await?;
            // The state may have changed since the pull request was queued.
            self.pull_request(id, number, attempts).await?;
            let change = known().await?;
            if before != change {
                // Another replica may have judged it at the same time, and one of both may have read the earlier
                // state: by itself it is judged by one at a time.
                let (now, subjects) = (clock::now(), [Subject::PullRequest(id, number)]);
                self.stores().service(move |store| store.enqueue(now, &subjects)).await?;
            }
            let change = change.filter(|change| change.open && change.target == target);
            changes.push(change.ok_or_else(|| Failure::Other(format!("#{number} of the group was not judged")))?);
        }
        let mut tips = vec![group.base, group.head];
        tips.extend(changes.iter().map(|change| change.head));
        let (asked, heads) = (group.clone(), changes.iter().map(|change| change.head).collect::<Vec<_>>());
        let altered = self.read_merges(id, &tips, move |repository| carries(repository, &asked, &heads)).await?;
        for (change, altered) in changes.iter_mut().zip(altered) {
            change.head = head;
            if altered {
                refuse(change, &group)?;
            }
        }
        self.publish_group(id, head, target, &changes).await
    }

    /// Asks for every group of the merge queue to be judged anew in which a pull request is.
    pub(super) async fn groups_with(&self, id: RepositoryId, number: u64, target: &Target) -> Result<(), Failure> {
        let groups = self.forge().queued_groups(id, target).await?;
        let is_in = |group: &QueuedGroup| group.entries.iter().any(|(entry, _)| *entry == number);
        let subject = |group: QueuedGroup| Subject::Group(id, group.head, target.to_string());
        let subjects: Vec<Subject> = groups.into_iter().filter(is_in).map(subject).collect();
        let now = clock::now();
        Ok(self.stores().service(move |store| store.enqueue(now, &subjects)).await?)
    }

    async fn publish_group(
        &self,
        id: RepositoryId,
        head: Oid,
        target: &str,
        changes: &[KnownChange],
    ) -> Result<(), Failure> {
        let Some(check) = combined(head, target, changes, self.public_url()) else { return Ok(()) };
        let name = check_name(target);
        let published = self.stores().service(move |store| store.check(id, &head, &name)).await?;
        let digest = digest(&check);
        let number = self.forge().publish(id, &check, published.map(|published| published.number)).await?;
        let name = check.name;
        let published = PublishedCheck { number, digest };
        Ok(self.stores().service(move |store| store.set_check(id, &head, &name, &published)).await?)
    }
}

/// Tells for each pull request of a group whether its commit in the group is anything but the merge
/// of what was judged.
fn carries(repository: &Repository, group: &QueuedGroup, heads: &[Oid]) -> Result<Vec<bool>, Unreadable> {
    let history = GitHistory::new(repository);
    let mut before = group.base;
    let mut altered = Vec::new();
    for ((_, after), head) in group.entries.iter().zip(heads) {
        let merge = Merge { tree: history.tree(*after)?, parents: [before, *head] };
        altered.push(history.are_clean(&[merge])? != [true]);
        before = *after;
    }
    // What lies behind the last commit nobody has judged.
    if before != group.head {
        altered.fill(true);
    }
    Ok(altered)
}

/// Turns the answer about a pull request into a refusal, because the queue would land something else.
fn refuse(change: &mut KnownChange, group: &QueuedGroup) -> Result<(), Failure> {
    let answer = Answer {
        permitted: false,
        waiting: false,
        title: format!("Refused: the queued commit of #{} is not its merge", change.number),
        summary: format!(
            "The merge queue prepared a commit for #{} that differs from git's own clean merge of what was judged \
             and where the branch stood (group {}). Take the pull request out of the queue and update its branch.",
            change.number,
            group.head.short(12),
        ),
        ..Answer::default()
    };
    change.permitted = false;
    change.answer = serde_json::to_string(&answer).map_err(|error| Failure::Other(error.to_string()))?;
    change.at = clock::now();
    Ok(())
}

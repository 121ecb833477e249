//! The queries by which a pull request is read, and the types of their answers. Nothing is judged here.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::super::accounts::{ACTOR, Actor};

/// Where a policy stands in a repository.
pub(super) const POLICY_PATH: &str = ".countersign/policy.yaml";

/// The selection of somebody who is asked for a review, to be put between braces.
const PERSON: &str = "__typename ... on User { login databaseId }";

/// A list of a pull request that may have more pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Reviews,
    Timeline,
    Comments,
    Commits,
}

impl List {
    /// Returns what to select, with the first page or the one after a cursor.
    fn selection(self, after: &str) -> String {
        let (field, nodes) = match self {
            Self::Reviews => (
                format!("reviews(first: 100{after})"),
                format!("fullDatabaseId state submittedAt commit {{ oid }} author {{ {ACTOR} }}"),
            ),
            Self::Timeline => (
                format!(
                    "timelineItems(first: 100{after}, itemTypes: [BASE_REF_CHANGED_EVENT, \
                     AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT, REVIEW_DISMISSED_EVENT, HEAD_REF_FORCE_PUSHED_EVENT, \
                     REVIEW_REQUEST_REMOVED_EVENT])"
                ),
                format!(
                    "__typename \
                     ... on BaseRefChangedEvent {{ createdAt }} \
                     ... on AutomaticBaseChangeSucceededEvent {{ createdAt }} \
                     ... on HeadRefForcePushedEvent {{ createdAt afterCommit {{ oid }} }} \
                     ... on ReviewRequestRemovedEvent {{ requestedReviewer {{ {PERSON} }} }} \
                     ... on ReviewDismissedEvent {{ createdAt previousReviewState actor {{ {ACTOR} }} \
                     review {{ fullDatabaseId }} }}"
                ),
            ),
            Self::Comments => (
                format!("comments(first: 100{after})"),
                format!("fullDatabaseId body createdAt lastEditedAt author {{ {ACTOR} }}"),
            ),
            Self::Commits => (
                format!("commits(first: 100{after})"),
                "commit { oid committedViaWeb signature { isValid wasSignedByGitHub } }".to_owned(),
            ),
        };
        format!("{field} {{ nodes {{ {nodes} }} pageInfo {{ hasNextPage endCursor }} }}")
    }

    /// Returns the query for a further page; its variables are `owner`, `name`, `number`, `after`.
    pub fn further(self) -> String {
        format!(
            "query FurtherPage($owner: String!, $name: String!, $number: Int!, $after: String!) {{ \
             repository(owner: $owner, name: $name) {{ databaseId pullRequest(number: $number) {{ {} }} }} }}",
            self.selection(", after: $after")
        )
    }
}

/// Returns the query for the policies of a repository; its variables are `owner` and `name`.
pub(super) fn policies() -> String {
    let policy = policy();
    format!(
        "query Policies($owner: String!, $name: String!) {{ \
         repository(owner: $owner, name: $name) {{ databaseId name owner {{ login }} {policy} }} \
         owner: repository(owner: $owner, name: \".github\", followRenames: false) {{ {policy} }} }}"
    )
}

fn policy() -> String {
    format!(
        "defaultBranchRef {{ name target {{ oid ... on Commit {{ file(path: \"{POLICY_PATH}\") {{ mode type \
         object {{ oid ... on Blob {{ text isTruncated isBinary byteSize }} }} }} }} }} }}"
    )
}

/// Returns the query for all of a pull request; its variables are `owner`, `name`, `number`.
pub(super) fn whole() -> String {
    let policy = policy();
    format!(
        "query PullRequest($owner: String!, $name: String!, $number: Int!) {{ \
         repository(owner: $owner, name: $name) {{ databaseId name owner {{ login }} {policy} \
         pullRequest(number: $number) {{ number title state isDraft baseRefName baseRefOid headRefOid headRefName \
         baseRef {{ target {{ oid }} }} mergeCommit {{ oid }} mergeQueueEntry {{ headCommit {{ oid }} }} headRepository {{ databaseId }} \
         author {{ {ACTOR} }} \
         assignees(first: 100) {{ nodes {{ __typename login databaseId }} pageInfo {{ hasNextPage endCursor }} }} \
         reviewRequests(first: 100) {{ nodes {{ requestedReviewer {{ {PERSON} }} }} \
         pageInfo {{ hasNextPage endCursor }} }} \
         {} {} {} {} }} }} \
         owner: repository(owner: $owner, name: \".github\", followRenames: false) {{ {policy} }} }}",
        List::Reviews.selection(""),
        List::Timeline.selection(""),
        List::Comments.selection(""),
        List::Commits.selection("")
    )
}

/// The answer to [`whole`].
#[derive(Deserialize)]
pub(super) struct Whole {
    pub repository: Option<Repository>,
    pub owner: Option<PolicyHolder>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Repository {
    pub database_id: Option<u64>,
    pub name: String,
    pub owner: Owner,
    #[serde(flatten)]
    pub policy: PolicyHolder,
    pub pull_request: Option<PullRequest>,
}

#[derive(Deserialize)]
pub(super) struct Owner {
    pub login: String,
}

/// A repository, as far as its policy goes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyHolder {
    pub default_branch_ref: Option<DefaultBranch>,
}

#[derive(Deserialize)]
pub(super) struct DefaultBranch {
    pub name: String,
    pub target: Option<Tip>,
}

#[derive(Deserialize)]
pub(super) struct Tip {
    pub oid: String,
    pub file: Option<File>,
}

#[derive(Deserialize)]
pub(super) struct File {
    pub mode: u32,
    #[serde(rename = "type")]
    pub kind: String,
    pub object: Option<Blob>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Blob {
    pub oid: String,
    pub text: Option<String>,
    pub is_truncated: Option<bool>,
    pub is_binary: Option<bool>,
    pub byte_size: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PullRequest {
    pub number: u64,
    pub title: String,
    pub state: String,
    pub is_draft: bool,
    pub base_ref_name: String,
    pub base_ref_oid: String,
    pub base_ref: Option<BaseRef>,
    pub head_ref_oid: String,
    pub head_ref_name: String,
    pub head_repository: Option<HeadRepository>,
    pub merge_commit: Option<Object>,
    pub merge_queue_entry: Option<QueueEntry>,
    pub author: Option<Actor>,
    pub assignees: Page<Actor>,
    pub review_requests: Option<Page<Request>>,
    pub reviews: Option<Page<Review>>,
    pub timeline_items: Page<Event>,
    pub comments: Page<Comment>,
    pub commits: Page<PullRequestCommit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueueEntry {
    pub head_commit: Option<Object>,
}

#[derive(Deserialize)]
pub(super) struct BaseRef {
    pub target: Option<Object>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeadRepository {
    pub database_id: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct Object {
    pub oid: String,
}

/// One page of a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: Deserialize<'de>")]
pub(super) struct Page<T> {
    pub nodes: Option<Vec<Option<T>>>,
    pub page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub has_next_page: bool,
    pub end_cursor: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Review {
    #[serde(rename = "fullDatabaseId", deserialize_with = "big_number")]
    pub id: u64,
    pub state: String,
    pub submitted_at: Option<Timestamp>,
    pub commit: Option<Commit>,
    pub author: Option<Actor>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Commit {
    pub oid: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "__typename", rename_all_fields = "camelCase")]
pub(super) enum Event {
    #[serde(rename = "BaseRefChangedEvent", alias = "AutomaticBaseChangeSucceededEvent")]
    Retargeted { created_at: Timestamp },
    #[serde(rename = "HeadRefForcePushedEvent")]
    ForcePushed { created_at: Timestamp, after_commit: Option<Commit> },
    #[serde(rename = "ReviewRequestRemovedEvent")]
    Unasked { requested_reviewer: Option<Reviewer> },
    #[serde(rename = "ReviewDismissedEvent")]
    Dismissed { created_at: Timestamp, previous_review_state: String, actor: Option<Actor>, review: Option<ReviewName> },
}

/// A request for a review.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub requested_reviewer: Option<Reviewer>,
}

/// Whoever is asked for a review: a team or a bot has no login here.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Reviewer {
    #[serde(flatten)]
    pub account: Option<Actor>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReviewName {
    #[serde(rename = "fullDatabaseId", deserialize_with = "big_number")]
    pub id: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Comment {
    #[serde(rename = "fullDatabaseId", deserialize_with = "big_number")]
    pub id: u64,
    pub body: String,
    pub created_at: Timestamp,
    pub last_edited_at: Option<Timestamp>,
    pub author: Option<Actor>,
}

#[derive(Deserialize)]
pub(super) struct PullRequestCommit {
    pub commit: SignedCommit,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedCommit {
    pub oid: String,
    pub committed_via_web: bool,
    pub signature: Option<Signature>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signature {
    pub is_valid: bool,
    #[serde(rename = "wasSignedByGitHub")]
    pub was_signed_by_github: bool,
}

/// Reads the scalar `BigInt`, which is written as a text.
fn big_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

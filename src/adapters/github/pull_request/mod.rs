//! One pull request, wholly, with one query; more queries follow only where a list is longer than a
//! page. What is not read to its end is unknown, never cut off.

mod commands;
mod policies;
mod query;
mod requests;
mod reviews;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::query::{List, Page, PolicyHolder, PullRequest as Answered, PullRequestCommit, Whole};
use super::GitHub;
use super::accounts::Actor;
use super::graphql::Problem;
use super::redaction::quote;
use crate::facts::{Fact, Part, Participant};
use crate::forge::{ForgeError, Policies, PolicyDocument, PullRequest, PullRequestState, RepositoryId, RepositoryName};
use crate::model::{AccountKind, Oid, Target};

/// A list of more pages than this is unknown.
const MOST_PAGES: usize = 100;
/// Beyond so many pages commits made by GitHub are not looked for: the committer of such a commit is
/// then a contributor like any other, which is only ever stricter.
const MOST_COMMIT_PAGES: usize = 3;

/// Which pull request is read.
struct Place<'a> {
    id: RepositoryId,
    name: &'a RepositoryName,
    number: u64,
}

/// Reads a pull request.
pub(super) async fn read(github: &GitHub, id: RepositoryId, number: u64) -> Result<PullRequest, ForgeError> {
    let (whole, problems) = ask(github, id, &query::whole(), Some(number)).await?;
    finish(github, id, number, whole, &problems).await
}

/// Reads the policies of a repository.
pub(super) async fn policies_of(github: &GitHub, id: RepositoryId) -> Result<Policies, ForgeError> {
    let (whole, problems) = ask(github, id, &query::policies(), None).await?;
    let repository = whole.repository.ok_or_else(|| ForgeError::NotFound(format!("repository {id}")))?;
    let name = RepositoryName { owner: repository.owner.login, name: repository.name };
    github.client.names().put(id, name.clone());
    policies(github, id, name, repository.policy, whole.owner.as_ref(), &problems).await
}

async fn policies(
    github: &GitHub,
    id: RepositoryId,
    name: RepositoryName,
    holder: PolicyHolder,
    owner: Option<&PolicyHolder>,
    problems: &[Problem],
) -> Result<Policies, ForgeError> {
    let own = policies::policy(&github.client, id.installation, &name, &holder).await?;
    let organization = owner_policy(github, id, &name, owner, problems).await?;
    let default_branch = holder.default_branch_ref.map(|branch| branch.name).unwrap_or_default();
    Ok(Policies { repository: name, default_branch, own, organization })
}

/// Sends a query about a repository, under its present name if it has got another one.
async fn ask(
    github: &GitHub,
    id: RepositoryId,
    query: &str,
    number: Option<u64>,
) -> Result<(Whole, Vec<Problem>), ForgeError> {
    let name = github.client.name(id).await?;
    if let Some(answer) = attempt(github, id, &name, query, number).await? {
        return Ok(answer);
    }
    // The name belongs to nothing or to another repository now.
    let fresh = github.client.fresh_name(id).await?;
    let answer = attempt(github, id, &fresh, query, number).await?;
    answer.ok_or_else(|| ForgeError::NotFound(format!("repository {fresh}")))
}

/// Sends the query; nothing when the name does not lead to the repository.
async fn attempt(
    github: &GitHub,
    id: RepositoryId,
    name: &RepositoryName,
    query: &str,
    number: Option<u64>,
) -> Result<Option<(Whole, Vec<Problem>)>, ForgeError> {
    let mut variables = json!({"owner": name.owner, "name": name.name});
    if let (Some(fields), Some(number)) = (variables.as_object_mut(), number) {
        fields.insert("number".to_owned(), json!(number));
    }
    let (data, problems) = github.client.query_in_part(id.installation, query, variables).await?;
    let whole: Whole = read_data(data)?;
    match &whole.repository {
        Some(repository) if repository.database_id == Some(id.repository) => {}
        Some(_) => return Ok(None),
        None => match problems.iter().find(|problem| problem.is_at("repository")) {
            Some(problem) if !problem.is_missing() => return Err(problem.meaning()),
            _ => return Ok(None),
        },
    }
    // Without a queue, or a look at it, no group is judged anew; the group's own events tell of it.
    let may_be_missing = |problem: &Problem| problem.is_at("owner") || problem.is_about("mergeQueueEntry");
    if let Some(problem) = problems.iter().find(|problem| !may_be_missing(problem)) {
        return Err(problem.meaning());
    }
    Ok(Some((whole, problems)))
}

/// Makes the pull request of the answer, reading further pages where there are.
async fn finish(
    github: &GitHub,
    id: RepositoryId,
    number: u64,
    whole: Whole,
    problems: &[Problem],
) -> Result<PullRequest, ForgeError> {
    let missing = || ForgeError::NotFound(format!("pull request {number}"));
    let repository = whole.repository.ok_or_else(missing)?;
    let answered = repository.pull_request.ok_or_else(missing)?;
    if answered.number != number {
        return Err(ForgeError::Unreadable("the pull request has another number than asked for".to_owned()));
    }
    let name = RepositoryName { owner: repository.owner.login, name: repository.name };
    github.client.names().put(id, name.clone());
    let place = Place { id, name: &name, number };
    let head = oid(&answered.head_ref_oid)?;
    let base = match answered.base_ref.as_ref().and_then(|base| base.target.as_ref()) {
        Some(tip) => oid(&tip.oid)?,
        // The branch is gone; this is where it stood.
        None => oid(&answered.base_ref_oid)?,
    };
    let state = state(&answered)?;
    let participants = participants(&answered);
    let own_head = answered.head_repository.as_ref().and_then(|repository| repository.database_id);
    let head_ref = (own_head == Some(id.repository)).then(|| format!("refs/heads/{}", answered.head_ref_name));

    let events = all(github, &place, List::Timeline, answered.timeline_items, MOST_PAGES).await?;
    let review_requests = requests::requests(answered.review_requests, &events);
    let answered_reviews = match answered.reviews {
        Some(page) => all(github, &place, List::Reviews, page, MOST_PAGES).await?,
        None => Fact::Unknown("GitHub does not tell the reviews".to_owned()),
    };
    let (reviews, retargeted_at, pushed_at) = match (&events, answered_reviews) {
        (Fact::Known(events), Fact::Known(answered)) => (
            Fact::Known(reviews::reviews(&answered, events)?),
            reviews::retargeted_at(events),
            reviews::pushed_at(events, head),
        ),
        // Without the timeline nobody knows to which ref a review was given.
        (Fact::Unknown(cause), _) => (Fact::Unknown(cause.clone()), None, None),
        (_, Fact::Unknown(cause)) => (Fact::Unknown(cause), None, None),
    };
    let commands = match all(github, &place, List::Comments, answered.comments, MOST_PAGES).await? {
        Fact::Known(comments) => commands::commands(github, id, comments).await?,
        Fact::Unknown(cause) => Fact::Unknown(cause),
    };
    let web_flow = web_flow(github, &place, answered.commits).await?;
    let is_queued = answered.merge_queue_entry.as_ref().is_some_and(|entry| entry.head_commit.is_some());
    let policies = policies(github, id, name.clone(), repository.policy, whole.owner.as_ref(), problems).await?;
    Ok(PullRequest {
        id,
        number,
        title: answered.title,
        state,
        target: Target::Ref(format!("refs/heads/{}", answered.base_ref_name)),
        base,
        head,
        head_ref,
        participants,
        pushed_at,
        retargeted_at,
        reviews,
        review_requests,
        draft: answered.is_draft,
        commands,
        policies,
        is_queued,
        web_flow,
        repository: name,
    })
}

fn state(answered: &Answered) -> Result<PullRequestState, ForgeError> {
    Ok(match answered.state.as_str() {
        "OPEN" => PullRequestState::Open,
        "CLOSED" => PullRequestState::Closed,
        "MERGED" => {
            PullRequestState::Merged(optional_oid(answered.merge_commit.as_ref().map(|commit| commit.oid.as_str()))?)
        }
        other => return Err(ForgeError::Unreadable(format!("the state of a pull request is {}", quote(other)))),
    })
}

/// Returns who opened the change, and who asked for it when a bot did. A bot opens nothing on its own:
/// GitHub assigns those who started it.
fn participants(answered: &Answered) -> Fact<Vec<Participant>> {
    let Some(author) = &answered.author else {
        return Fact::Unknown("the account that opened it is gone".to_owned());
    };
    let opener = author.identity();
    let is_bot = opener.kind != Some(AccountKind::Human);
    let mut participants = vec![Participant { identity: opener, part: Part::Opener }];
    if is_bot {
        let Some(assignees) = complete(&answered.assignees) else {
            return Fact::Unknown("those who asked for it cannot all be read".to_owned());
        };
        let people = assignees.into_iter().map(Actor::identity).filter(|who| who.kind == Some(AccountKind::Human));
        participants.extend(people.map(|identity| Participant { identity, part: Part::Requester }));
    }
    Fact::Known(participants)
}

/// Returns the entries of a list that is one page.
fn complete<T>(page: &Page<T>) -> Option<Vec<&T>> {
    let nodes = page.nodes.as_ref().filter(|_| !page.page_info.has_next_page)?;
    nodes.iter().map(Option::as_ref).collect()
}

/// Returns the commits that GitHub made and signed itself.
async fn web_flow(github: &GitHub, place: &Place<'_>, first: Page<PullRequestCommit>) -> Result<Vec<Oid>, ForgeError> {
    let (commits, _rest_is_left_out) = pages(github, place, List::Commits, first, MOST_COMMIT_PAGES).await?;
    commits
        .iter()
        .flatten()
        .map(|entry| &entry.commit)
        .filter(|commit| commit.committed_via_web)
        .filter(|commit| commit.signature.as_ref().is_some_and(|by| by.is_valid && by.was_signed_by_github))
        .map(|commit| oid(&commit.oid))
        .collect()
}

/// Returns the policy of the owner's `.github` repository.
async fn owner_policy(
    github: &GitHub,
    id: RepositoryId,
    name: &RepositoryName,
    holder: Option<&PolicyHolder>,
    problems: &[Problem],
) -> Result<Fact<Option<PolicyDocument>>, ForgeError> {
    let problem = problems.iter().find(|problem| problem.is_at("owner"));
    match (problem, holder) {
        (None, Some(holder)) => {
            let name = RepositoryName { owner: name.owner.clone(), name: ".github".to_owned() };
            policies::policy(&github.client, id.installation, &name, holder).await
        }
        (Some(problem), _) if !problem.is_missing() => {
            let error = problem.meaning();
            if error.is_passing() { Err(error) } else { Ok(Fact::Unknown(error.to_string())) }
        }
        _ if github.owner_policy_required => {
            Ok(Fact::Unknown(format!("the app finds no repository {}/.github", name.owner)))
        }
        _ => Ok(Fact::Known(None)),
    }
}

/// Returns all entries of a list, or why they are not all known.
async fn all<T: DeserializeOwned>(
    github: &GitHub,
    place: &Place<'_>,
    list: List,
    first: Page<T>,
    most: usize,
) -> Result<Fact<Vec<T>>, ForgeError> {
    let (entries, is_whole) = pages(github, place, list, first, most).await?;
    if !is_whole {
        return Ok(Fact::Unknown(format!("{list:?}: there are more than {most} pages")));
    }
    match entries.into_iter().collect::<Option<Vec<T>>>() {
        Some(entries) => Ok(Fact::Known(entries)),
        None => Ok(Fact::Unknown(format!("{list:?}: GitHub leaves an entry out"))),
    }
}

/// Returns the entries of at most so many pages, and whether these are all.
async fn pages<T: DeserializeOwned>(
    github: &GitHub,
    place: &Place<'_>,
    list: List,
    first: Page<T>,
    most: usize,
) -> Result<(Vec<Option<T>>, bool), ForgeError> {
    let mut entries = Vec::new();
    let mut page = first;
    for _ in 0..most {
        let unreadable = || ForgeError::Unreadable(format!("{list:?}: a page cannot be read"));
        entries.extend(page.nodes.ok_or_else(unreadable)?);
        if !page.page_info.has_next_page {
            return Ok((entries, true));
        }
        if entries.len() >= most.saturating_mul(100) {
            break;
        }
        let after = page.page_info.end_cursor.ok_or_else(unreadable)?;
        page = further(github, place, list, &after).await?;
    }
    Ok((entries, false))
}

async fn further<T: DeserializeOwned>(
    github: &GitHub,
    place: &Place<'_>,
    list: List,
    after: &str,
) -> Result<Page<T>, ForgeError> {
    let variables = json!({"owner": place.name.owner, "name": place.name.name, "number": place.number, "after": after});
    let mut data = github.client.query(place.id.installation, &list.further(), variables).await?;
    if data.pointer("/repository/databaseId").and_then(Value::as_u64) != Some(place.id.repository) {
        return Err(ForgeError::Unavailable("the repository was renamed between two pages".to_owned()));
    }
    let field = match list {
        List::Reviews => "reviews",
        List::Timeline => "timelineItems",
        List::Comments => "comments",
        List::Commits => "commits",
    };
    let page = data.pointer_mut(&format!("/repository/pullRequest/{field}")).map(Value::take).unwrap_or_default();
    read_data(page)
}

fn read_data<T: DeserializeOwned>(data: Value) -> Result<T, ForgeError> {
    serde_json::from_value(data).map_err(|error| ForgeError::Unreadable(quote(&error.to_string())))
}

/// Reads the name of an object.
fn oid(text: &str) -> Result<Oid, ForgeError> {
    text.parse().map_err(|_| ForgeError::Unreadable(format!("{} is no object's name", quote(text))))
}

fn optional_oid(text: Option<&str>) -> Result<Option<Oid>, ForgeError> {
    text.map(oid).transpose()
}

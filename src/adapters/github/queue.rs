//! Open pull requests and the merge queue, which GraphQL lists by cursors that stay true while a list
//! changes: a page number would skip an entry when an earlier one goes.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::Client;
use super::redaction::quote;
use crate::forge::{ForgeError, OpenChange, QueuedGroup, RepositoryId};
use crate::model::{Oid, Target};

const OPEN: &str = "query OpenPullRequests($owner: String!, $name: String!, $after: String) { \
    repository(owner: $owner, name: $name) { databaseId \
    pullRequests(first: 100, after: $after, states: [OPEN]) { \
    nodes { number headRefOid baseRefName } pageInfo { hasNextPage endCursor } } } }";

const QUEUE: &str = "query MergeQueue($owner: String!, $name: String!, $branch: String!, $after: String) { \
    repository(owner: $owner, name: $name) { databaseId mergeQueue(branch: $branch) { \
    entries(first: 100, after: $after) { nodes { headCommit { oid } baseCommit { oid } \
    pullRequest { number } } pageInfo { hasNextPage endCursor } } } } }";

/// More pages than this are not believed.
const MOST_PAGES: usize = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    nodes: Vec<T>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Open {
    number: u64,
    head_ref_oid: String,
    base_ref_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    head_commit: Option<Object>,
    base_commit: Option<Object>,
    pull_request: Option<Number>,
}

#[derive(Debug, Deserialize)]
struct Object {
    #[serde(deserialize_with = "oid")]
    oid: Oid,
}

#[derive(Debug, Deserialize)]
struct Number {
    number: u64,
}

/// Lists the open pull requests.
pub(super) async fn open_changes(client: &Client, id: RepositoryId) -> Result<Vec<OpenChange>, ForgeError> {
    let open: Option<Vec<Open>> = all(client, id, OPEN, json!({}), "/pullRequests").await?;
    let unreadable = || ForgeError::Unreadable("a head of an open pull request is no object's name".to_owned());
    open.ok_or_else(|| ForgeError::Unreadable("GitHub does not tell the open pull requests".to_owned()))?
        .into_iter()
        .map(|open| {
            Ok(OpenChange {
                number: open.number,
                head: open.head_ref_oid.parse().map_err(|_| unreadable())?,
                target: Target::Ref(format!("refs/heads/{}", open.base_ref_name)),
            })
        })
        .collect()
}

/// Returns the groups of a merge queue.
pub(super) async fn groups(client: &Client, id: RepositoryId, target: &Target) -> Result<Vec<QueuedGroup>, ForgeError> {
    let Some(branch) = target.as_ref_name().and_then(|name| name.strip_prefix("refs/heads/")) else {
        return Ok(Vec::new());
    };
    let entries: Option<Vec<Entry>> = all(client, id, QUEUE, json!({"branch": branch}), "/mergeQueue/entries").await?;
    let entries = entries.unwrap_or_default();
    let heads = entries.iter().filter_map(|entry| Some(entry.head_commit.as_ref()?.oid));
    Ok(heads.filter_map(|head| group_of(&entries, target, head)).collect())
}

/// Returns the entries that would land with a head: each stands on the one before it.
fn group_of(entries: &[Entry], target: &Target, head: Oid) -> Option<QueuedGroup> {
    let mut base = head;
    let mut group = Vec::new();
    // No entry is visited twice, however the answer is knotted.
    for _ in entries {
        let Some((number, after, before)) = entries.iter().find_map(|entry| {
            let (after, before) = (entry.head_commit.as_ref()?.oid, entry.base_commit.as_ref()?.oid);
            (after == base).then_some((entry.pull_request.as_ref()?.number, after, before))
        }) else {
            break;
        };
        group.push((number, after));
        base = before;
    }
    group.reverse();
    (!group.is_empty()).then(|| QueuedGroup { target: target.clone(), base, head, entries: group })
}

/// Reads all pages of a list below the repository; nothing when what holds the list is not there.
async fn all<T: DeserializeOwned>(
    client: &Client,
    id: RepositoryId,
    query: &str,
    variables: Value,
    list: &str,
) -> Result<Option<Vec<T>>, ForgeError> {
    let mut entries = Vec::new();
    let mut after = Value::Null;
    for _ in 0..MOST_PAGES {
        let Some(page) = page::<T>(client, id, query, &variables, &after, list).await? else { return Ok(None) };
        entries.extend(page.nodes);
        if !page.page_info.has_next_page {
            return Ok(Some(entries));
        }
        after = json!(page.page_info.end_cursor.ok_or_else(|| {
            ForgeError::Unreadable("a page says that there is another, and not which".to_owned())
        })?);
    }
    Err(ForgeError::Unreadable(format!("a list has more than {MOST_PAGES} pages")))
}

async fn page<T: DeserializeOwned>(
    client: &Client,
    id: RepositoryId,
    query: &str,
    variables: &Value,
    after: &Value,
    list: &str,
) -> Result<Option<Page<T>>, ForgeError> {
    let mut name = client.name(id).await?;
    for is_last in [false, true] {
        let mut variables = variables.clone();
        if let Some(fields) = variables.as_object_mut() {
            fields.insert("owner".to_owned(), json!(name.owner));
            fields.insert("name".to_owned(), json!(name.name));
            fields.insert("after".to_owned(), after.clone());
        }
        match client.query(id.installation, query, variables).await {
            Ok(mut data) if number_in(&data) == Some(id.repository) => {
                let page = data.pointer_mut(&format!("/repository{list}")).map(Value::take).unwrap_or_default();
                return serde_json::from_value(page).map_err(|error| ForgeError::Unreadable(quote(&error.to_string())));
            }
            Ok(_) | Err(ForgeError::NotFound(_)) if !is_last => name = client.fresh_name(id).await?,
            Ok(_) => break,
            Err(error) => return Err(error),
        }
    }
    Err(ForgeError::NotFound(format!("repository {name}")))
}

fn number_in(data: &Value) -> Option<u64> {
    data.pointer("/repository/databaseId")?.as_u64()
}

fn oid<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Oid, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(digit: char) -> Oid {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn entry(number: u64, base: char, head: char) -> Entry {
        Entry {
            head_commit: Some(Object { oid: name(head) }),
            base_commit: Some(Object { oid: name(base) }),
            pull_request: Some(Number { number }),
        }
    }

    #[test]
    fn a_group_is_all_that_would_land_with_its_head() {
        let target: Target = "refs/heads/main".parse().unwrap();
        let entries = [entry(3, 'b', 'c'), entry(1, '0', 'a'), entry(2, 'a', 'b')];
        let group = group_of(&entries, &target, name('b')).unwrap();
        assert_eq!((group.base, group.entries), (name('0'), vec![(1, name('a')), (2, name('b'))]));
        assert_eq!(group_of(&entries, &target, name('c')).unwrap().entries.len(), 3);
        assert_eq!(group_of(&entries, &target, name('9')), None);
    }

    #[test]
    fn a_knotted_answer_ends() {
        let target: Target = "refs/heads/main".parse().unwrap();
        let knot = [entry(1, 'a', 'a')];
        assert_eq!(group_of(&knot, &target, name('a')).unwrap().entries.len(), 1);
    }
}

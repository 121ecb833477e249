//! The fake's GraphQL: reads any query, walks its selections over values, and refuses what it does not
//! know. It knows no query by heart, so the adapter's may change.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use graphql_parser::query::{
    Definition, Document, Field, OperationDefinition, Selection, SelectionSet, TypeCondition, Value as Literal,
    parse_query,
};
use serde_json::{Map, Value, json};

use super::http::{Answer, Call, Caller};
use super::values::{commit_value, entry, pull_value};
use super::world::{Repository, World};
use super::{bodies, git};

/// One query, being answered.
struct Execution<'w> {
    world: &'w World,
    installation: u64,
    variables: Map<String, Value>,
    errors: Vec<Value>,
    /// What git was asked, to be kept: objects never change.
    learnt: HashMap<(u64, String), Value>,
}

/// Why a field has no value.
enum Refusal {
    /// The query is wrong: nothing is answered.
    Invalid(String),
    /// Something is not there: the rest is answered.
    Missing(&'static str, String),
}

type Arguments = HashMap<String, Value>;

pub fn answer(world: &mut World, call: &Call) -> Answer {
    let Caller::Installation { id: installation, .. } = call.caller else {
        return Answer::problem(401, "This endpoint requires you to be authenticated.");
    };
    let text = call.body.get("query").and_then(Value::as_str).unwrap_or_default().to_owned();
    world.queries.insert(text.clone());
    let document = match parsed(&text) {
        Ok(document) => document,
        Err(message) => return invalid(&message),
    };
    let variables = call.body.get("variables").and_then(Value::as_object).cloned().unwrap_or_default();
    let Some(selections) = operation(&document) else { return invalid("there is no query") };
    let mut execution = Execution { world, installation, variables, errors: Vec::new(), learnt: HashMap::default() };
    let root = json!({"__typename": "Query"});
    let data = execution.select(&root, selections, &mut Vec::new());
    let (errors, learnt) = (std::mem::take(&mut execution.errors), std::mem::take(&mut execution.learnt));
    for ((repository, question), known) in learnt {
        world.repositories.get_mut(&repository).unwrap().asked.insert(question, known);
    }
    match data {
        Err(message) => invalid(&message),
        Ok(data) if errors.is_empty() => Answer::new(200, json!({"data": data})),
        Ok(data) => Answer::new(200, json!({"data": data, "errors": errors})),
    }
}

/// Returns a query, read once on each thread: there are few, and each is asked again and again.
fn parsed(text: &str) -> Result<Rc<Document<'static, String>>, String> {
    thread_local! {
        static KNOWN: RefCell<HashMap<String, Rc<Document<'static, String>>>> = RefCell::default();
    }
    if let Some(known) = KNOWN.with_borrow(|known| known.get(text).cloned()) {
        return Ok(known);
    }
    let document = parse_query::<String>(text).map_err(|error| error.to_string())?.into_static();
    let document = Rc::new(document);
    KNOWN.with_borrow_mut(|known| known.insert(text.to_owned(), Rc::clone(&document)));
    Ok(document)
}

fn invalid(message: &str) -> Answer {
    Answer::new(200, json!({"errors": [{"message": message}]}))
}

fn operation<'a, 'q>(document: &'a Document<'q, String>) -> Option<&'a SelectionSet<'q, String>> {
    document.definitions.iter().find_map(|definition| match definition {
        Definition::Operation(OperationDefinition::Query(query)) => Some(&query.selection_set),
        Definition::Operation(OperationDefinition::SelectionSet(selections)) => Some(selections),
        _ => None,
    })
}

impl Execution<'_> {
    /// Returns an object with the selected fields of another.
    fn select(
        &mut self,
        object: &Value,
        selections: &SelectionSet<'_, String>,
        path: &mut Vec<Value>,
    ) -> Result<Value, String> {
        let kind = object["__typename"].as_str().unwrap_or_default().to_owned();
        let mut out = Map::new();
        for selection in &selections.items {
            match selection {
                Selection::Field(field) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name).clone();
                    path.push(json!(key));
                    let value = self.field(object, &kind, field, path)?;
                    path.pop();
                    // A field that is selected twice is merged.
                    match (out.get_mut(&key), value) {
                        (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
                        (_, value) => drop(out.insert(key, value)),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let fits = fragment.type_condition.as_ref().is_none_or(|TypeCondition::On(name)| *name == kind);
                    if fits && let Value::Object(more) = self.select(object, &fragment.selection_set, path)? {
                        out.extend(more);
                    }
                }
                Selection::FragmentSpread(_) => return Err("named fragments are not known here".to_owned()),
            }
        }
        Ok(Value::Object(out))
    }

    fn field(
        &mut self,
        object: &Value,
        kind: &str,
        field: &Field<'_, String>,
        path: &mut Vec<Value>,
    ) -> Result<Value, String> {
        let arguments = field
            .arguments
            .iter()
            .map(|(name, literal)| Ok((name.clone(), self.literal(literal)?)))
            .collect::<Result<Arguments, String>>()?;
        let value = match self.resolve(object, kind, &field.name, &arguments) {
            Ok(value) => value,
            Err(Refusal::Invalid(message)) => return Err(message),
            Err(Refusal::Missing(kind, message)) => {
                self.errors.push(json!({"type": kind, "path": path, "message": message}));
                return Ok(Value::Null);
            }
        };
        let is_leaf = field.selection_set.items.is_empty();
        self.complete(value, is_leaf, &field.name, field, path)
    }

    fn complete(
        &mut self,
        value: Value,
        is_leaf: bool,
        name: &str,
        field: &Field<'_, String>,
        path: &mut Vec<Value>,
    ) -> Result<Value, String> {
        match value {
            Value::Object(_) if is_leaf => Err(format!("Field '{name}' must have selections")),
            Value::Object(_) => self.select(&value, &field.selection_set, path),
            Value::Array(items) => {
                let completed = items.into_iter().enumerate().map(|(index, item)| {
                    path.push(json!(index));
                    let completed = self.complete(item, is_leaf, name, field, path);
                    path.pop();
                    completed
                });
                Ok(Value::Array(completed.collect::<Result<_, _>>()?))
            }
            Value::Null => Ok(Value::Null),
            _ if !is_leaf => Err(format!("Selections can't be made on scalars (field '{name}')")),
            scalar => Ok(scalar),
        }
    }

    fn literal(&self, literal: &Literal<'_, String>) -> Result<Value, String> {
        Ok(match literal {
            Literal::Variable(name) => self.variables.get(name).cloned().unwrap_or(Value::Null),
            Literal::Int(number) => json!(number.as_i64()),
            Literal::Float(number) => json!(number),
            Literal::String(text) | Literal::Enum(text) => json!(text),
            Literal::Boolean(value) => json!(value),
            Literal::Null => Value::Null,
            Literal::List(items) => {
                Value::Array(items.iter().map(|item| self.literal(item)).collect::<Result<_, _>>()?)
            }
            Literal::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.literal(value)?)))
                    .collect::<Result<_, String>>()?,
            ),
        })
    }

    /// Returns a field's value, before anything is selected of it.
    fn resolve(&mut self, object: &Value, kind: &str, name: &str, arguments: &Arguments) -> Result<Value, Refusal> {
        let number = |key: &str| object[key].as_u64().unwrap_or_default();
        match (kind, name) {
            ("Query", "repository") => self.repository(arguments),
            ("Repository", "pullRequest") => {
                let repository = &self.world.repositories[&number("__id")];
                let asked = arguments.get("number").and_then(Value::as_u64).unwrap_or_default();
                let missing = || {
                    Refusal::Missing(
                        "NOT_FOUND",
                        format!("Could not resolve to a PullRequest with the number of {asked}."),
                    )
                };
                let shown = repository.pulls.get(&asked).filter(|_| !self.world.faults.hides_pulls);
                let pull = shown.ok_or_else(missing)?;
                Ok(pull_value(self.world, repository, pull))
            }
            ("Repository", "pullRequests") => {
                let repository = &self.world.repositories[&number("__id")];
                let states = arguments.get("states").cloned().unwrap_or_else(|| json!(["OPEN", "CLOSED", "MERGED"]));
                let states: Vec<String> = serde_json::from_value(states).unwrap_or_default();
                let pulls = repository.pulls.values().filter(|pull| states.iter().any(|state| state == pull.state));
                let all = pulls.map(|pull| pull_value(self.world, repository, pull)).collect();
                self.connection(all, arguments)
            }
            ("Repository", "mergeQueue") => {
                let repository = &self.world.repositories[&number("__id")];
                let branch = arguments.get("branch").and_then(Value::as_str).unwrap_or(&repository.default_branch);
                let Some(queue) = repository.queues.get(branch) else { return Ok(Value::Null) };
                let entries: Vec<Value> = queue
                    .iter()
                    .enumerate()
                    .map(|(position, entry)| {
                        json!({
                            "__typename": "MergeQueueEntry", "position": position + 1, "state": "AWAITING_CHECKS",
                            "headCommit": commit_value(repository, &entry.head),
                            "baseCommit": commit_value(repository, &entry.base),
                            "pullRequest": pull_value(self.world, repository, &repository.pulls[&entry.number]),
                        })
                    })
                    .collect();
                Ok(json!({"__typename": "MergeQueue", "__entries": entries}))
            }
            ("MergeQueue", "entries") => self.connection(array(&object["__entries"]), arguments),
            ("PullRequest", "timelineItems") => {
                let kinds: Option<Vec<String>> =
                    arguments.get("itemTypes").and_then(|kinds| serde_json::from_value(kinds.clone()).ok());
                let all = array(&object["__timeline"]).into_iter().filter(|item| {
                    let kind = screaming(item["__typename"].as_str().unwrap_or_default());
                    kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
                });
                self.connection(all.collect(), arguments)
            }
            ("PullRequest", "reviews" | "comments" | "assignees" | "reviewRequests") => {
                self.connection(array(&object[&format!("__{name}")]), arguments)
            }
            ("PullRequest", "commits") => self.commits(object, arguments),
            ("Commit", "file") => self.file(object, arguments),
            _ => match object.get(name) {
                Some(value) if !name.starts_with("__") || name == "__typename" => Ok(value.clone()),
                _ => Err(Refusal::Invalid(format!("Field '{name}' doesn't exist on type '{kind}'"))),
            },
        }
    }

    fn repository(&self, arguments: &Arguments) -> Result<Value, Refusal> {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        let follow = arguments.get("followRenames").and_then(Value::as_bool).unwrap_or(true);
        let missing = || {
            let said = format!("Could not resolve to a Repository with the name '{}/{}'.", text("owner"), text("name"));
            Refusal::Missing("NOT_FOUND", said)
        };
        let found = self.world.find(text("owner"), text("name"), follow).ok_or_else(missing)?;
        if !self.world.reaches(self.installation, found) {
            return Err(missing());
        }
        if self.world.faults.refused_repository == Some(found.id) {
            let said = "Resource protected by organization SAML enforcement.".to_owned();
            return Err(Refusal::Missing("FORBIDDEN", said));
        }
        let tip = found.refs.get(&format!("refs/heads/{}", found.default_branch));
        let branch = tip.map(|tip| {
            json!({
                "__typename": "Ref", "name": found.default_branch, "prefix": "refs/heads/",
                "target": commit_value(found, tip),
            })
        });
        Ok(json!({
            "__typename": "Repository", "__id": found.id, "databaseId": found.id, "name": found.name,
            "nameWithOwner": format!("{}/{}", found.owner, found.name), "isPrivate": true,
            "owner": bodies::actor(self.world.user_named(&found.owner)), "defaultBranchRef": branch,
        }))
    }

    /// Lists a pull request's commits; GitHub shows no more than 250.
    fn commits(&mut self, object: &Value, arguments: &Arguments) -> Result<Value, Refusal> {
        let repository = &self.world.repositories[&object["__repository"].as_u64().unwrap()];
        let (base, head) = (object["baseRefOid"].as_str().unwrap(), object["headRefOid"].as_str().unwrap());
        let commits = self.ask(repository, format!("commits {base} {head}"), || {
            json!(git::commits_between(&repository.path, base, head))
        });
        let all = array(&commits)
            .iter()
            .take(250)
            .map(|oid| {
                json!({
                    "__typename": "PullRequestCommit",
                    "commit": commit_value(repository, oid.as_str().unwrap()),
                })
            })
            .collect();
        self.connection(all, arguments)
    }

    /// Returns a file of a commit, with its content as GitHub shows it.
    fn file(&mut self, object: &Value, arguments: &Arguments) -> Result<Value, Refusal> {
        let repository = &self.world.repositories[&object["__repository"].as_u64().unwrap()];
        let commit = object["oid"].as_str().unwrap();
        let path = arguments.get("path").and_then(Value::as_str).unwrap_or_default();
        Ok(self.ask(repository, format!("file {commit} {path}"), || entry(&repository.path, commit, path)))
    }

    fn ask(&mut self, repository: &Repository, question: String, answer: impl FnOnce() -> Value) -> Value {
        if let Some(known) = repository.asked.get(&question) {
            return known.clone();
        }
        let known = answer();
        self.learnt.insert((repository.id, question), known.clone());
        known
    }

    /// Cuts a list into a page of a connection. A cursor names a place in the list.
    fn connection(&self, all: Vec<Value>, arguments: &Arguments) -> Result<Value, Refusal> {
        let first = arguments.get("first").and_then(Value::as_u64);
        let last = arguments.get("last").and_then(Value::as_u64);
        let (None | Some(1..=100), None | Some(1..=100)) = (first, last) else {
            return Err(Refusal::Invalid("`first` and `last` are between 1 and 100".to_owned()));
        };
        if first.is_none() && last.is_none() {
            return Err(Refusal::Invalid("You must provide a `first` or `last` value".to_owned()));
        }
        let start = match arguments.get("after").and_then(Value::as_str) {
            Some(cursor) => cursor
                .strip_prefix("cursor:")
                .and_then(|place| place.parse().ok())
                .ok_or_else(|| Refusal::Invalid(format!("`{cursor}` does not appear to be a valid cursor.")))?,
            None => 0,
        };
        let size = usize::try_from(first.or(last).unwrap_or(100)).unwrap().min(self.world.paging.most);
        let total = all.len();
        let nodes: Vec<Value> = match (first, last) {
            (None, Some(_)) => all.into_iter().skip(total.saturating_sub(size)).collect(),
            _ => all.into_iter().skip(start).take(size).collect(),
        };
        let end = start + nodes.len();
        let cursor = (!nodes.is_empty()).then(|| format!("cursor:{end}"));
        let page = json!({
            "__typename": "PageInfo", "hasNextPage": end < total, "endCursor": cursor,
            "hasPreviousPage": start > 0, "startCursor": format!("cursor:{start}"),
        });
        Ok(json!({"__typename": "Connection", "nodes": nodes, "pageInfo": page, "totalCount": total}))
    }
}

fn array(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// Returns `REVIEW_DISMISSED_EVENT` for `ReviewDismissedEvent`.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.chars().enumerate() {
        if index > 0 && letter.is_uppercase() {
            out.push('_');
        }
        out.extend(letter.to_uppercase());
    }
    out
}

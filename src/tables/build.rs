//! Puts a table together: what it extends, its definitions, and each case's own policy and facts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::document::{self, CaseDocument, TableDocument};
use super::error::TableError;
use super::expand::{Definitions, expand};
use super::merge::{lay_over, patch};
use super::{Case, Table, expectation, locate};
use crate::policy::{self, Policy};

/// Reads the file with this path for a table that names it, or says why it cannot.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, String>;

/// How many tables may build on each other.
const LONGEST_CHAIN: usize = 8;

/// Reads a table and checks all of it: every policy loads and every facts document is sound.
///
/// `name` is the table's path; files that it names are looked up relative to it, through `read_file`.
///
/// # Errors
/// Everything that is wrong, in the order of the file.
pub fn load(bytes: &[u8], name: &str, read_file: ReadFile<'_>) -> Result<Table, Vec<TableError>> {
    let document = document::read(bytes, name).map_err(|error| vec![error])?;
    let base = Base::of(&document, name, read_file, 0).map_err(|error| vec![error])?;
    let mut policies = Policies::default();
    let mut cases = Vec::new();
    let mut errors = Vec::new();
    let mut names = BTreeSet::new();
    for case in &document.cases {
        let line = case.referenced.line();
        if !names.insert(case.value.name.as_str()) {
            errors.push(TableError::in_case(name, line, &case.value.name, "another case has this name"));
        }
        match build(&case.value, line, &base, &mut policies) {
            Ok(built) => cases.push(built),
            Err(message) => errors.push(TableError::in_case(name, line, &case.value.name, message)),
        }
    }
    if errors.is_empty() { Ok(Table { name: name.to_owned(), cases }) } else { Err(errors) }
}

/// What all cases of a table start from.
struct Base {
    policy: Option<BasePolicy>,
    definitions: Definitions,
    facts: Value,
}

/// The policy that all cases start from.
struct BasePolicy {
    /// As plain data, to be changed.
    value: Value,
    /// The file's own bytes and name, used while nothing is changed so that positions are right.
    file: Option<(Vec<u8>, String)>,
}

impl Base {
    fn of(document: &TableDocument, name: &str, read_file: ReadFile<'_>, depth: usize) -> Result<Self, TableError> {
        let mut base = match &document.extends {
            Some(path) => Self::extended(path, name, read_file, depth)?,
            None => Self { policy: None, definitions: Definitions::new(), facts: Value::Object(Map::new()) },
        };
        base.definitions.extend(document.define.iter().map(|(key, value)| (key.clone(), value.clone())));
        if let Some(policy) = &document.policy {
            base.add_policy(policy, name, read_file)?;
        }
        if let Some(facts) = &document.facts {
            let facts = expand(facts, &base.definitions).map_err(|message| TableError::in_file(name, message))?;
            lay_over(&mut base.facts, facts);
        }
        Ok(base)
    }

    fn extended(path: &str, name: &str, read_file: ReadFile<'_>, depth: usize) -> Result<Self, TableError> {
        if depth >= LONGEST_CHAIN {
            return Err(TableError::in_file(name, "more than 8 tables extend each other"));
        }
        let (bytes, path) = read_beside(path, name, read_file)?;
        Self::of(&document::read(&bytes, &path)?, &path, read_file, depth + 1)
    }

    fn add_policy(&mut self, policy: &Value, name: &str, read_file: ReadFile<'_>) -> Result<(), TableError> {
        if let Value::String(path) = policy {
            let (bytes, path) = read_beside(path, name, read_file)?;
            let value = document::read_policy(&bytes, &path)?;
            self.policy = Some(BasePolicy { value, file: Some((bytes, path)) });
            return Ok(());
        }
        let policy = expand(policy, &self.definitions).map_err(|message| TableError::in_file(name, message))?;
        let mut value = self.policy.take().map_or(Value::Null, |base| base.value);
        patch(&mut value, policy);
        self.policy = Some(BasePolicy { value, file: None });
        Ok(())
    }
}

/// Reads a file whose path stands in another one.
fn read_beside(path: &str, name: &str, read_file: ReadFile<'_>) -> Result<(Vec<u8>, String), TableError> {
    let path = Path::new(name).parent().unwrap_or_else(|| Path::new("")).join(path).to_string_lossy().into_owned();
    let bytes =
        read_file(&path).map_err(|cause| TableError::in_file(name, format!("cannot read `{path}`: {cause}")))?;
    Ok((bytes, path))
}

/// Puts one case together.
fn build(case: &CaseDocument, line: u64, base: &Base, policies: &mut Policies) -> Result<Case, String> {
    Ok(Case {
        name: case.name.clone(),
        why: case.why.clone(),
        line,
        policy: policy_of(case, base, policies)?,
        facts: facts_of(case, base)?,
        expect: expectation::read(&case.expect)?,
    })
}

fn policy_of(case: &CaseDocument, base: &Base, policies: &mut Policies) -> Result<Rc<Policy>, String> {
    let policy = base.policy.as_ref().ok_or("the table has no policy")?;
    let Some(change) = &case.policy_change else {
        return match &policy.file {
            Some((bytes, path)) => policies.load(bytes, path),
            None => policies.load_value(&policy.value),
        };
    };
    let mut value = policy.value.clone();
    patch(&mut value, expand(change, &base.definitions)?);
    policies.load_value(&value)
}

fn facts_of(case: &CaseDocument, base: &Base) -> Result<crate::facts::Facts, String> {
    let mut facts = base.facts.clone();
    for key in &case.without {
        if !locate::is_fact_key(key) {
            return Err(format!("without: `{key}` is no fact"));
        }
        if let Some(document) = facts.as_object_mut() {
            document.remove(key);
        }
    }
    if let Some(change) = &case.facts {
        lay_over(&mut facts, expand(change, &base.definitions)?);
    }
    locate::read_facts(facts)
}

/// The policies that were loaded, by their bytes: most cases of a table share one.
#[derive(Default)]
struct Policies {
    loaded: BTreeMap<Vec<u8>, Rc<Policy>>,
}

impl Policies {
    fn load_value(&mut self, value: &Value) -> Result<Rc<Policy>, String> {
        // JSON is valid YAML, so the loader reads it like a policy file.
        let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
        self.load(text.as_bytes(), "policy of the case")
    }

    fn load(&mut self, bytes: &[u8], name: &str) -> Result<Rc<Policy>, String> {
        if let Some(policy) = self.loaded.get(bytes) {
            return Ok(Rc::clone(policy));
        }
        let policy = policy::load(bytes, name).map_err(|error| format!("the policy is invalid: {error}"))?;
        let policy = Rc::new(policy.policy);
        self.loaded.insert(bytes.to_vec(), Rc::clone(&policy));
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::run;

    const POLICY: &str = "
version: 1
people: { grace: { name: Grace Hopper, accounts: { plain: grace } } }
roles: { senior: { people: [grace] } }
gates: [{ name: g, refs: [refs/heads/main], require: [{ role: senior }] }]
";
    const BASE: &str = "
policy: policy.yaml
define:
  commit: { id: c1, author: { email: grace@elsewhere.example }, committer: { email: x@y.example }, authorship: unmarked }
facts:
  now: 2026-11-22T10:00:00Z
  repository: acme/shop
  target: refs/heads/topic
  action: update
  from: c0
  head: c1
  commits: [{ use: commit }]
";

    fn read(path: &str) -> Result<Vec<u8>, String> {
        match path {
            "a/policy.yaml" => Ok(POLICY.into()),
            "a/base.yaml" => Ok(BASE.into()),
            "a/circle.yaml" => Ok("extends: circle.yaml".into()),
            _ => Err("there is no such file".to_owned()),
        }
    }

    fn errors(text: &str) -> String {
        let errors = load(text.as_bytes(), "a/table.yaml", &read).unwrap_err();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_table_builds_on_another_and_its_cases_on_both() {
        let text = "
extends: base.yaml
facts: { target: refs/heads/main }
cases:
  - { name: gated, expect: { decision: refuse, gates: [g] } }
  - { name: moved, facts: { target: refs/heads/x }, expect: { decision: permit, findings: [] } }
  - { name: unknown, without: [commits], expect: { decision: refuse, among: [facts-unknown] } }
  - name: ungated
    policy-change: { gates: [{ name: other, refs: [refs/heads/other] }], roles: { senior: null } }
    expect: { decision: permit, findings: [] }
";
        let table = load(text.as_bytes(), "a/table.yaml", &read).unwrap();
        let results = run(&table);
        assert!(
            results.iter().all(super::super::CaseResult::passed),
            "{}",
            results.iter().map(ToString::to_string).collect::<String>()
        );
        assert_eq!(results.iter().map(|result| result.line).collect::<Vec<_>>(), [5, 6, 7, 8]);
    }

    #[test]
    fn errors_name_file_line_and_case() {
        let case = |case: &str| errors(&format!("extends: base.yaml\ncases:\n  - {case}\n"));
        let expect = "expect: { decision: permit";
        for (text, wanted) in [
            (format!("{{ name: n, {expect}, colour: red }} }}"), "a/table.yaml:3"),
            (format!("{{ name: n, why: w, kind: k, {expect} }} }}"), "a/table.yaml:3"),
            (
                format!("{{ name: n, facts: {{ use: who }}, {expect} }} }}"),
                "a/table.yaml:3: case `n`: `use: who` is not defined",
            ),
            (
                format!("{{ name: n, facts: {{ colour: red }}, {expect} }} }}"),
                "a/table.yaml:3: case `n`: facts.colour: unknown field",
            ),
            (
                format!("{{ name: n, without: [colour], {expect} }} }}"),
                "a/table.yaml:3: case `n`: without: `colour` is no fact",
            ),
            (
                format!("{{ name: n, policy-change: {{ gates: [] , x: 1 }}, {expect} }} }}"),
                "a/table.yaml:3: case `n`: the policy is invalid",
            ),
            (
                format!("{{ name: n, {expect}, findings: [nonsense] }} }}"),
                "a/table.yaml:3: case `n`: expect: there is no finding code `nonsense`",
            ),
        ] {
            let errors = case(&text);
            assert!(errors.starts_with(wanted), "{text}\n{errors}");
        }
    }

    #[test]
    fn all_cases_with_errors_are_named() {
        let text = "
extends: base.yaml
cases:
  - { name: one, without: [x], expect: { decision: permit } }
  - { name: two, without: [y], expect: { decision: permit } }
  - { name: one, expect: { decision: permit } }
";
        let errors = errors(text);
        assert_eq!(errors.lines().count(), 3, "{errors}");
        assert!(errors.contains("another case has this name"), "{errors}");
    }

    #[test]
    fn files_that_cannot_be_read_and_circles_are_errors() {
        assert!(errors("extends: nowhere.yaml").contains("cannot read `a/nowhere.yaml`: there is no such file"));
        assert!(errors("policy: nowhere.yaml").contains("cannot read `a/nowhere.yaml`"));
        assert!(errors("extends: circle.yaml").contains("extend each other"));
        assert!(errors("cases: [{ name: n, expect: { decision: permit } }]").contains("the table has no policy"));
    }
}

//! The JSON lines of `countersign detect`: one commit a line in, one answer a line out.
//!
//! Fields stand in alphabetical order: serializing them gives the RFC 8785 form directly.

use serde::{Deserialize, Serialize};

use super::{CommitText, Detected, Signature, detect};
use crate::catalogue::Catalogue;
use crate::model::{Account, Authorship, Evidence};

/// A commit as one line of input. Fields that are not known are ignored: people pipe in what other
/// tools export.
#[derive(Debug, Clone, Deserialize)]
pub struct InputLine {
    /// What the answer is to be called by.
    #[serde(default)]
    pub id: serde_json::Value,
    /// Who wrote it.
    pub author: InputPerson,
    /// Who committed it.
    pub committer: InputPerson,
    /// Its message.
    pub message: String,
    /// How many parents it has.
    #[serde(default)]
    pub parents: Option<usize>,
    /// Notes on it.
    #[serde(default)]
    pub notes: Option<Vec<String>>,
    /// The branch that it came on.
    #[serde(default)]
    pub branch: Option<String>,
    /// The account that it came from: `provider:login`.
    #[serde(default)]
    pub account: Option<Account>,
}

/// A person in a line of input.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct InputPerson {
    /// The name.
    #[serde(default)]
    pub name: String,
    /// The address.
    #[serde(default)]
    pub email: String,
}

/// The answer to one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutputLine {
    /// The agents that had a part in it.
    pub agents: Vec<String>,
    /// Who wrote it, as far as its signs tell.
    pub authorship: Authorship,
    /// The signs behind that.
    pub evidence: Vec<Evidence>,
    /// What may mean something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Evidence>,
    /// The id that the line came with.
    pub id: serde_json::Value,
}

/// The answer to a line that is no commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorLine {
    /// What is wrong with it.
    pub error: String,
    /// The id that the line came with, if it could be read.
    pub id: serde_json::Value,
    /// The line's number, from 1.
    pub line: usize,
}

impl InputLine {
    /// Reads one line of input.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn parse(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| error.to_string())
    }

    /// Reads the commit for signs.
    #[must_use]
    pub fn detect(&self, catalogue: &Catalogue) -> Detected {
        let notes: Vec<&[u8]> = self.notes.iter().flatten().map(String::as_bytes).collect();
        let commit = CommitText {
            author: self.author.signature(),
            committer: self.committer.signature(),
            message: self.message.as_bytes(),
            parents: self.parents.unwrap_or(1),
            notes: &notes,
            branch: self.branch.as_deref(),
            account: self.account.as_ref(),
            trusts_apps: true,
            ..CommitText::default()
        };
        detect(catalogue, &commit)
    }
}

impl InputPerson {
    fn signature(&self) -> Signature<'_> {
        Signature { name: self.name.as_bytes(), email: self.email.as_bytes() }
    }
}

/// Answers one line of input: a commit's signs, or what is wrong with the line. `number` counts
/// lines from 1. The answer is JSON without a line end.
#[must_use]
pub fn answer(catalogue: &Catalogue, line: &str, number: usize) -> String {
    let answer = match InputLine::parse(line) {
        Ok(input) => {
            let Detected { authorship, agents, evidence, hints, .. } = input.detect(catalogue);
            serde_json::to_string(&OutputLine { agents, authorship, evidence, hints, id: input.id })
        }
        Err(error) => serde_json::to_string(&ErrorLine { error, id: id_of(line), line: number }),
    };
    answer.unwrap_or_else(|error| format!("{{\"error\":{:?},\"id\":null,\"line\":{number}}}", error.to_string()))
}

/// The id of a line that is JSON, but no commit.
fn id_of(line: &str) -> serde_json::Value {
    let value: Option<serde_json::Value> = serde_json::from_str(line).ok();
    value.and_then(|mut value| value.get_mut("id").map(serde_json::Value::take)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer_to(line: &str) -> serde_json::Value {
        serde_json::from_str(&answer(&Catalogue::built_in(), line, 7)).unwrap()
    }

    #[test]
    fn a_commit_is_answered() {
        let line = r#"{"id":"c1","author":{"name":"Ada Byron","email":"ada@example.com"},"committer":{"name":"Ada Byron","email":"ada@example.com"},"message":"Fix it\n\nCo-authored-by: Kiro <kiro@amazon.com>\n"}"#;
        let answer = answer(&Catalogue::built_in(), line, 1);
        assert_eq!(
            answer,
            r#"{"agents":["kiro"],"authorship":"agent","evidence":[{"agent":"kiro","signal":"co-authored-by","text":"Co-authored-by: Kiro <kiro@amazon.com>","where":"line 3"}],"id":"c1"}"#
        );
        let value: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(serde_json_canonicalizer::to_string(&value).unwrap(), answer);
    }

    #[test]
    fn a_line_that_is_no_commit_is_one_error() {
        assert_eq!(answer_to("nonsense")["line"], 7);
        assert_eq!(answer_to(r#"{"id":"c2","message":"x"}"#)["id"], "c2");
        assert!(answer_to(r#"{"id":"c2","message":"x"}"#)["error"].as_str().unwrap().contains("author"));
    }

    #[test]
    fn what_is_optional_is_read() {
        let line = r#"{"id":1,"author":{"name":"A","email":"a@example.com"},"committer":{"name":"A","email":"a@example.com"},"message":"x","branch":"kiro/fix","account":"github:kiro-agent[bot]","parents":1,"notes":["Assisted-by: Claude Code"],"other":true}"#;
        let answer = answer_to(line);
        assert_eq!(answer["authorship"], "agent");
        assert_eq!(answer["agents"], serde_json::json!(["claude-code", "kiro"]));
        assert_eq!(answer["hints"][0]["signal"], "branch");
        assert_eq!(answer["evidence"][1]["where"], "note 1");
    }
}

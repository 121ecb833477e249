//! From verdicts to the one answer on a commit: the strictest of all pull requests that offer it.

use serde::{Deserialize, Serialize};

use super::judge::Judged;
use super::reviewers::logins;
use crate::forge::{Annotation, Button, Check, CheckState, PullRequest};
use crate::inbox::KnownChange;
use crate::model::{Digest, Oid};
use crate::render::github::{summary, title};
use crate::render::verdict_human::Shown;

/// The answer about one pull request, as it is stored until it is published.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Whether the change may pass.
    pub permitted: bool,
    /// Whether sign-offs alone would help.
    pub waiting: bool,
    /// One line of plain text.
    pub title: String,
    /// Markdown.
    pub summary: String,
    /// Where in the change stands what it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<Annotation>,
    /// Whose review is awaited, as logins in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awaited: Vec<String>,
    /// Whom the gate has asked, or tried to ask, for a review of this head; logins in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
}

impl Answer {
    /// Returns the answer that a verdict gives.
    #[must_use]
    pub fn of(judged: &Judged) -> Self {
        let shown = Shown { verdict: &judged.verdict, context: &judged.context };
        Self {
            permitted: judged.verdict.is_permit(),
            waiting: judged.verdict.is_waiting(),
            title: title(shown),
            summary: summary(shown),
            annotations: judged.annotations.clone(),
            ..Self::default()
        }
    }

    /// Returns the answer with what is remembered of requests for reviews: whose are open on the forge, and
    /// whom the gate asked before for the same head.
    #[must_use]
    pub fn remembering(mut self, read: &PullRequest, known: Option<&KnownChange>) -> Self {
        self.awaited = logins(read.review_requests.known().map_or(&[], |requests| &requests.open));
        let same_head = known.filter(|known| known.head == read.head);
        let before = same_head.and_then(|known| serde_json::from_str::<Self>(&known.answer).ok());
        self.asked = before.map(|before| before.asked).unwrap_or_default();
        self
    }

    /// Returns the answer where nobody can tell any more: what was permitted before is not believed. The
    /// cause is for the log alone: it may name what is nobody's business.
    #[must_use]
    pub fn unjudged() -> Self {
        Self {
            permitted: false,
            waiting: false,
            title: "Refused: this cannot be judged at the moment".to_owned(),
            summary: "Something happened here that the gate cannot read, so that the answer from before is not \
                 believed any more. It is tried again by itself. When this stays, ask whoever runs the gate: its log \
                 says why."
                .to_owned(),
            ..Self::default()
        }
    }

    /// Returns the answer about a commit that no open pull request offers any more: whoever pushed it by itself
    /// would bring what was refused, or closed, since.
    #[must_use]
    pub fn offered_no_more() -> Self {
        Self {
            title: "Refused: no open pull request offers this commit".to_owned(),
            summary: "The pull request that offered this commit offers another one now, or was closed. Open one that \
                offers it to have it judged again."
                .to_owned(),
            ..Self::unjudged()
        }
    }

    fn state(&self) -> CheckState {
        match (self.permitted, self.waiting) {
            (true, _) => CheckState::Success,
            (false, true) => CheckState::ActionRequired,
            (false, false) => CheckState::Failure,
        }
    }
}

/// Returns the name of the check for a target. It names the target, so that an answer for one branch is
/// never taken for one about another: a forge may not tell `main` from `Main` among the names of checks, so
/// whatever is not plain has a mark of its own.
#[must_use]
pub fn check_name(target: &str) -> String {
    let short = target.strip_prefix("refs/heads/").unwrap_or(target);
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/._-".contains(&byte);
    if short.bytes().all(is_plain) {
        return format!("countersign ({short})");
    }
    let mark = Digest::of(target.as_bytes()).to_hex();
    format!("countersign ({short}, {})", mark.get(..8).unwrap_or(&mark))
}

/// Returns the check that gives one answer on a commit for a target.
#[must_use]
pub fn single(head: Oid, target: &str, answer: &Answer, public_url: Option<&str>) -> Check {
    let name = check_name(target);
    let id = Digest::of(format!("{head} {name}").as_bytes()).to_hex();
    Check {
        external_id: format!("countersign:{}", id.get(..32).unwrap_or(&id)),
        name,
        head,
        state: answer.state(),
        title: answer.title.clone(),
        summary: answer.summary.clone(),
        text: None,
        annotations: answer.annotations.clone(),
        buttons: vec![Button::JUDGE_AGAIN],
        details_url: public_url.map(str::to_owned),
    }
}

/// Returns the answer on a commit for a target. Without any open pull request there is none. What
/// cannot be read counts as a refusal.
#[must_use]
pub fn combined(head: Oid, target: &str, changes: &[KnownChange], public_url: Option<&str>) -> Option<Check> {
    let mut answers: Vec<(u64, Answer)> = changes.iter().map(|change| (change.number, stored(change))).collect();
    answers.sort_by_key(|(number, answer)| (std::cmp::Reverse(answer.state()), *number));
    let (number, strictest) = answers.first()?;
    let mut check = single(head, target, strictest, public_url);
    if answers.len() > 1 {
        let others: Vec<String> = answers.iter().map(|(number, _)| format!("#{number}")).collect();
        let all = others.join(", ");
        check.summary = format!(
            "The same commit is offered by {all}; this is about #{number}, for which most is missing.\n\n{}",
            check.summary
        );
    }
    Some(check)
}

fn stored(change: &KnownChange) -> Answer {
    let refused = |_| Answer {
        permitted: false,
        waiting: false,
        title: "Refused: the stored verdict cannot be read".to_owned(),
        summary: "The verdict that was stored for this pull request cannot be read. Re-run the check.".to_owned(),
        ..Answer::default()
    };
    let answer: Answer = serde_json::from_str(&change.answer).unwrap_or_else(refused);
    // Two notes of one fact: were they to differ, the stricter counts.
    Answer { permitted: answer.permitted && change.permitted, ..answer }
}

/// Returns by what two answers are told apart.
#[must_use]
pub fn digest(check: &Check) -> String {
    let parts = [&check.name, &check.title, &check.summary, &format!("{:?} {:?}", check.state, check.annotations)];
    Digest::of(parts.map(String::as_str).join("\u{0}").as_bytes()).to_hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_branches_share_the_name_of_a_check_in_any_case() {
        assert_eq!(check_name("refs/heads/main"), "countersign (main)");
        assert_eq!(check_name("refs/heads/release/1.0"), "countersign (release/1.0)");
        let targets = ["main", "Main", "MAIN", "m\u{430}in", "main)", "refs/heads/main"];
        let names: std::collections::BTreeSet<String> =
            targets.iter().map(|name| check_name(&format!("refs/heads/{name}")).to_lowercase()).collect();
        assert_eq!(names.len(), targets.len(), "{names:?}");
    }
}

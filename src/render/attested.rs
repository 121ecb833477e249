//! A verdict that travelled, as whoever relies on it reads it: what it says, or why it is not believed.

use serde_json::{Value, json};

use super::Look;
use super::page::{Page, Words};
use super::style::Tone;
use crate::audit::attest::{Attestation, Ruling, SOURCE_LEVEL_4};
use crate::model::{Digest, Oid, Target};

/// Where values begin, behind their names.
const WIDTH: usize = 13;

/// What became of reading a verdict and asking it something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<'a> {
    /// What the verdict says, where its signature held.
    pub said: Option<&'a Attestation>,
    /// The fingerprint of the key that signed it.
    pub gate: Option<String>,
    /// The artifact that led to the commit.
    pub artifact: Option<Digest>,
    /// Whether the plan was compared.
    pub plan_compared: bool,
    /// A stable name and a sentence for why it is not believed; none when it is.
    pub doubt: Option<(&'static str, String)>,
}

/// Returns the answer for people.
#[must_use]
pub fn page(answer: &Answer<'_>, look: &Look) -> String {
    let mut page = Page::new(look);
    let heading = match (&answer.doubt, answer.said) {
        (None, Some(said)) if said.ruling == Ruling::Overridden => {
            Words::default().toned("VERIFIED", Tone::Permitted).glue(",").toned("by override", Tone::Overridden)
        }
        (None, _) => Words::default().toned("VERIFIED", Tone::Permitted),
        (Some(_), _) => Words::default().toned("NOT VERIFIED", Tone::Refused),
    };
    page.paragraph(0, 0, &heading);
    if let Some((code, sentence)) = &answer.doubt {
        page.labeled(2, "because", WIDTH, &Words::of(sentence).toned(&format!("[{code}]"), Tone::Code));
    }
    if let Some(said) = answer.said {
        write_said(&mut page, said, answer);
    }
    page.finish()
}

fn write_said(page: &mut Page<'_>, said: &Attestation, answer: &Answer<'_>) {
    // Nothing is cut: a digest of which the end is missing cannot be compared.
    let mut line = |name: &str, value: &str| page.command(2, &format!("{name:WIDTH$}{value}"));
    line("repository", &said.repository);
    match &said.target {
        Target::Ref(name) => line("landed on", name),
        Target::Environment(name) => line("environment", name),
    }
    line("commit", &said.head.to_string());
    if said.is_source_level_4 {
        line("claims", SOURCE_LEVEL_4);
    }
    if let Some(artifact) = &answer.artifact {
        line("artifact", &artifact.to_string());
    }
    if let Some(plan) = &said.plan {
        line("plan", &plan.to_string());
        if !answer.plan_compared && answer.doubt.is_none() {
            line("", "not compared: give the plan with --plan FILE");
        }
    }
    line("judged", &format!("{} (ledger entry #{})", said.judged_at, said.entry));
    line("good until", &said.expires_at.to_string());
    if let Some(gate) = &answer.gate {
        line("gate", gate);
    }
}

/// Returns the answer for programs.
#[must_use]
pub fn value(answer: &Answer<'_>) -> Value {
    let doubt = answer.doubt.as_ref();
    json!({
        "artifact": answer.artifact,
        "cause": doubt.map(|(code, sentence)| json!({"code": code, "message": sentence})),
        "gate": answer.gate,
        "verdict": answer.said.map(said_value),
        "verified": doubt.is_none(),
    })
}

fn said_value(said: &Attestation) -> Value {
    let (decision, is_overridden) = match said.ruling {
        Ruling::Permitted => ("permit", false),
        Ruling::Overridden => ("permit", true),
        Ruling::Refused => ("refuse", false),
    };
    json!({
        "commit": said.head,
        "decision": decision,
        "entry": said.entry,
        "expires_at": said.expires_at,
        "from": said.from.as_ref().map(Oid::to_string),
        "judged_at": said.judged_at,
        "overridden": is_overridden,
        "plan": said.plan,
        "policy": said.policy,
        "records": said.records.iter().map(Digest::to_hex).collect::<Vec<_>>(),
        "refs": said.source_refs,
        "repository": said.repository,
        "source_level": said.is_source_level_4.then_some(4),
        "target": said.target,
        "tree": said.tree,
    })
}

/// Returns the answer in one sentence.
#[must_use]
pub fn sentence(answer: &Answer<'_>) -> String {
    match (&answer.doubt, answer.said) {
        (Some((_, sentence)), _) => sentence.clone(),
        (None, Some(said)) => format!("{} at {} is permitted", said.target, said.head.short(12)),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;

    fn said() -> Attestation {
        Attestation {
            repository: "acme/shop".to_owned(),
            target: Target::Environment("production".to_owned()),
            action: Action::Deploy,
            from: None,
            head: "a".repeat(40).parse().unwrap(),
            tree: "b".repeat(40).parse().unwrap(),
            source_refs: Vec::new(),
            plan: Some(Digest::of(b"plan")),
            commits: None,
            asked: Vec::new(),
            satisfied: Vec::new(),
            records: Vec::new(),
            relied: Vec::new(),
            policy: Digest::of(b"policy"),
            ruling: Ruling::Permitted,
            is_source_level_4: false,
            entry: 41,
            judged_at: "2026-11-22T10:00:00Z".parse().unwrap(),
            expires_at: "2026-11-23T10:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn what_was_verified_is_shown_with_what_was_not_compared() {
        let (said, gate) = (said(), Some("SHA256:gate".to_owned()));
        let answer = Answer { said: Some(&said), gate, artifact: None, plan_compared: false, doubt: None };
        insta::assert_snapshot!(page(&answer, &Look::default()), @r"
        VERIFIED
          repository   acme/shop
          environment  production
          commit       aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          plan         sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525
                       not compared: give the plan with --plan FILE
          judged       2026-11-22T10:00:00Z (ledger entry #41)
          good until   2026-11-23T10:00:00Z
          gate         SHA256:gate
        ");
        let lifted = Attestation { ruling: Ruling::Overridden, plan: None, ..said.clone() };
        let page = page(&Answer { said: Some(&lifted), ..answer }, &Look::default());
        assert!(page.starts_with("VERIFIED, by override\n"), "{page}");
    }

    #[test]
    fn a_doubt_comes_first() {
        let said = Attestation { repository: "acme\u{1b}[2J".to_owned(), plan: None, ..said() };
        let doubt = Some(("expired", "it expired at 2026-11-23T10:00:00Z; ask the gate for a new one".to_owned()));
        let answer = Answer { said: Some(&said), gate: None, artifact: None, plan_compared: false, doubt };
        insta::assert_snapshot!(page(&answer, &Look::default()), @r"
        NOT VERIFIED
          because      it expired at 2026-11-23T10:00:00Z; ask the gate for a new one
                       [expired]
          repository   acme\u{1b}[2J
          environment  production
          commit       aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          judged       2026-11-22T10:00:00Z (ledger entry #41)
          good until   2026-11-23T10:00:00Z
        ");
        assert_eq!(value(&answer)["verified"], false);
    }
}

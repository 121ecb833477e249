//! Compares what was detected with what people have labelled. It knows labels, not forms: nothing
//! here may help the detector.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::lines::InputLine;
use crate::catalogue::Catalogue;
use crate::model::Authorship;

/// A commit with its label.
#[derive(Debug, Clone, Deserialize)]
pub struct LabelledLine {
    /// The commit.
    #[serde(flatten)]
    pub commit: InputLine,
    /// What people say about it.
    pub label: Label,
    /// Whether people disagree about that.
    #[serde(default)]
    pub contested: bool,
}

/// What people say about a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// The author is an agent.
    #[serde(alias = "agent")]
    AgentAuthored,
    /// A co-author is an agent.
    AgentCoauthored,
    /// An agent helped by other declaration.
    #[serde(alias = "assisted")]
    AgentAssisted,
    /// Nothing is declared.
    #[serde(alias = "unmarked")]
    Human,
    /// Automation that is no AI.
    #[serde(alias = "robot")]
    OtherBot,
}

impl Label {
    /// What the detector should say.
    #[must_use]
    pub fn expected(self) -> Authorship {
        match self {
            Self::AgentAuthored | Self::AgentCoauthored => Authorship::Agent,
            Self::AgentAssisted => Authorship::Assisted,
            Self::Human => Authorship::Unmarked,
            Self::OtherBot => Authorship::Robot,
        }
    }
}

/// How well labels were met.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// How many commits were of which label and read as what; uncontested ones only.
    pub counts: BTreeMap<(Label, Authorship), usize>,
    /// The same of the contested ones.
    pub contested: BTreeMap<(Label, Authorship), usize>,
    /// The ids of uncontested commits that were read otherwise, with label and reading.
    pub missed: Vec<(String, Label, Authorship)>,
    /// How many lines could not be read.
    pub unreadable: usize,
}

/// Scores labelled lines.
#[must_use]
pub fn score<'l>(catalogue: &Catalogue, lines: impl Iterator<Item = &'l str>) -> Score {
    let mut score = Score::default();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let Ok(labelled) = serde_json::from_str::<LabelledLine>(line) else {
            score.unreadable += 1;
            continue;
        };
        let read = labelled.commit.detect(catalogue).authorship;
        let counts = if labelled.contested { &mut score.contested } else { &mut score.counts };
        *counts.entry((labelled.label, read)).or_default() += 1;
        if !labelled.contested && read != labelled.label.expected() {
            let id = labelled.commit.id.as_str().map_or_else(|| labelled.commit.id.to_string(), str::to_owned);
            score.missed.push((id, labelled.label, read));
        }
    }
    score
}

/// Whether an agent had a part.
fn has_agent(authorship: Authorship) -> bool {
    matches!(authorship, Authorship::Agent | Authorship::Assisted | Authorship::Undetermined)
}

/// Agent, assisted, neither.
fn class(authorship: Authorship) -> u8 {
    match authorship {
        Authorship::Agent | Authorship::Undetermined => 2,
        Authorship::Assisted => 1,
        Authorship::Robot | Authorship::Unmarked => 0,
    }
}

impl Score {
    /// Of the commits read as an agent's or assisted, the share that is labelled so.
    #[must_use]
    pub fn precision(&self) -> f64 {
        self.share(|_, read| has_agent(read), |label, _| has_agent(label.expected()))
    }

    /// Of the commits labelled as an agent's or assisted, the share that is read so.
    #[must_use]
    pub fn recall(&self) -> f64 {
        self.share(|label, _| has_agent(label.expected()), |_, read| has_agent(read))
    }

    /// The share of commits whose reading as agent, assisted or neither is the labelled one.
    #[must_use]
    pub fn three_way(&self) -> f64 {
        self.share(|_, _| true, |label, read| class(label.expected()) == class(read))
    }

    /// The same with robots told apart.
    #[must_use]
    pub fn four_way(&self) -> f64 {
        self.share(|_, _| true, |label, read| label.expected() == read)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of commits are far below 2^52")]
    fn share(&self, of: impl Fn(Label, Authorship) -> bool, which: impl Fn(Label, Authorship) -> bool) -> f64 {
        let sum = |keep: &dyn Fn(Label, Authorship) -> bool| -> usize {
            self.counts.iter().filter(|((label, read), _)| keep(*label, *read)).map(|(_, count)| count).sum()
        };
        let all = sum(&|label, read| of(label, read));
        let met = sum(&|label, read| of(label, read) && which(label, read));
        if all == 0 { 1.0 } else { met as f64 / all as f64 }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: usize = self.counts.values().sum();
        writeln!(
            f,
            "commits {all}, contested {}, unreadable {}",
            self.contested.values().sum::<usize>(),
            self.unreadable
        )?;
        writeln!(f, "agent or not: precision {:.4}, recall {:.4}", self.precision(), self.recall())?;
        writeln!(f, "agent, assisted, neither: {:.4}; with robots apart: {:.4}", self.three_way(), self.four_way())?;
        for (name, counts) in [("", &self.counts), ("contested ", &self.contested)] {
            for ((label, read), count) in counts {
                writeln!(f, "{name}{label:?} read as {read:?}: {count}")?;
            }
        }
        for (id, label, read) in &self.missed {
            writeln!(f, "missed {id}: {label:?} read as {read:?}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, message: &str) -> String {
        format!(
            r#"{{"id":"x","author":{{"name":"A","email":"a@example.com"}},"committer":{{"name":"A","email":"a@example.com"}},"message":"{message}","label":"{label}"}}"#
        )
    }

    #[test]
    fn shares_are_counted() {
        let lines = [
            line("agent-coauthored", "x\\n\\nCo-authored-by: Kiro <kiro@amazon.com>"),
            line("agent-assisted", "x"),
            line("human", "x\\n\\nAssisted-by: Kiro"),
            line("human", "x"),
            "nonsense".to_owned(),
        ];
        let score = score(&Catalogue::built_in(), lines.iter().map(String::as_str));
        assert_eq!((score.precision(), score.recall(), score.three_way()), (0.5, 0.5, 0.5));
        assert_eq!((score.missed.len(), score.unreadable), (2, 1));
        assert!(score.to_string().contains("precision 0.5000"));
    }
}

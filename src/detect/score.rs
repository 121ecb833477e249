//! Compares what was detected with what people have labelled. It knows labels, not forms: nothing
//! here may help the detector.

mod baselines;
mod share;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use baselines::Baseline;
pub use share::Share;

use super::lines::InputLine;
use crate::catalogue::Catalogue;
use crate::catalogue::unicode::fold;
use crate::model::{Authorship, Evidence};

/// The most misses that are kept one by one.
const MOST_MISSES: usize = 10_000;

/// A commit with its label.
#[derive(Debug, Clone, Deserialize)]
pub struct LabelledLine {
    /// The commit.
    #[serde(flatten)]
    pub commit: InputLine,
    /// What people say about it.
    pub label: Label,
    /// Which agent had a part in it, as people call it or by its id in the catalogue.
    #[serde(default)]
    pub agent: Option<String>,
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
    /// Automation that is no AI.
    #[serde(alias = "robot")]
    OtherBot,
    /// Nothing is declared.
    #[serde(alias = "unmarked")]
    Human,
}

impl Label {
    /// All of them, in the order in which tables show them.
    pub const ALL: [Self; 5] =
        [Self::AgentAuthored, Self::AgentCoauthored, Self::AgentAssisted, Self::OtherBot, Self::Human];

    /// Returns it as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AgentAuthored => "agent-authored",
            Self::AgentCoauthored => "agent-coauthored",
            Self::AgentAssisted => "agent-assisted",
            Self::OtherBot => "other-bot",
            Self::Human => "human",
        }
    }

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

/// How well one question was answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    /// Of what was found, the share that is labelled so.
    pub precision: Share,
    /// Of what is labelled so, the share that was found.
    pub recall: Share,
}

impl Answers {
    fn count(&mut self, labelled: bool, found: bool) {
        if found {
            self.precision.count(labelled);
        }
        if labelled {
            self.recall.count(found);
        }
    }
}

/// A commit that was read otherwise than it is labelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// Its id.
    pub id: String,
    /// What people say.
    pub label: Label,
    /// What was read.
    pub read: Authorship,
    /// The first sign behind that.
    pub evidence: Option<Evidence>,
}

/// How many commits are labelled and read as what.
pub type Confusion = BTreeMap<(Label, Authorship), usize>;

/// How well labels were met. Contested commits stand apart: they are in no share.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// The uncontested ones.
    pub counts: Confusion,
    /// The contested ones.
    pub contested: Confusion,
    /// Each agent by its id, as far as the labels name one that the catalogue knows. A commit on which
    /// several were found counts for the one that its label names, where that is among them.
    pub agents: BTreeMap<String, Answers>,
    /// Simpler rules: whether an agent had a part.
    pub baselines: BTreeMap<Baseline, Answers>,
    /// The uncontested commits that were read otherwise.
    pub missed: Vec<Miss>,
    /// How many lines could not be read.
    pub unreadable: usize,
}

/// Scores labelled lines.
#[must_use]
pub fn score<'l>(catalogue: &Catalogue, lines: impl Iterator<Item = &'l str>) -> Score {
    let mut score = Score::default();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        score.add(catalogue, line);
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
    /// Scores one labelled line.
    pub fn add(&mut self, catalogue: &Catalogue, line: &str) {
        let Ok(labelled) = serde_json::from_str::<LabelledLine>(line) else {
            self.unreadable += 1;
            return;
        };
        let detected = labelled.commit.detect(catalogue);
        let (label, read) = (labelled.label, detected.authorship);
        let counts = if labelled.contested { &mut self.contested } else { &mut self.counts };
        *counts.entry((label, read)).or_default() += 1;
        if labelled.contested {
            return;
        }
        let expects_agent = has_agent(label.expected());
        for rule in Baseline::ALL {
            self.baselines.entry(rule).or_default().count(expects_agent, rule.finds(&labelled.commit));
        }
        self.count_agents(agent_id(catalogue, &labelled), expects_agent, &detected.agents);
        if read != label.expected() && self.missed.len() < MOST_MISSES {
            let id = labelled.commit.id.as_str().map_or_else(|| labelled.commit.id.to_string(), str::to_owned);
            self.missed.push(Miss { id, label, read, evidence: detected.evidence.into_iter().next() });
        }
    }

    fn count_agents(&mut self, labelled: Option<String>, expects_agent: bool, found: &[String]) {
        match labelled {
            Some(id) if found.contains(&id) => self.agents.entry(id).or_default().count(true, true),
            // Which agent it was is not said, or by a name that nobody knows.
            None if expects_agent => {}
            labelled => {
                for id in found {
                    self.agents.entry(id.clone()).or_default().count(false, true);
                }
                if let Some(id) = labelled {
                    self.agents.entry(id).or_default().count(true, false);
                }
            }
        }
    }

    /// Returns how well it was told whether an agent had a part.
    #[must_use]
    pub fn agent_or_not(&self) -> Answers {
        self.answers(has_agent)
    }

    /// Returns how well one reading meets the labels that ask for it.
    #[must_use]
    pub fn of(&self, authorship: Authorship) -> Answers {
        self.answers(|one| one == authorship)
    }

    fn answers(&self, is_it: impl Fn(Authorship) -> bool) -> Answers {
        Answers {
            precision: self.share(|_, read| is_it(read), |label, _| is_it(label.expected())),
            recall: self.share(|label, _| is_it(label.expected()), |_, read| is_it(read)),
        }
    }

    /// Returns the share of commits with a label that were read so.
    #[must_use]
    pub fn recall_of(&self, label: Label) -> Share {
        self.share(|one, _| one == label, |label, read| label.expected() == read)
    }

    /// Returns the share of commits whose reading as agent, assisted or neither is the labelled one.
    #[must_use]
    pub fn three_way(&self) -> Share {
        self.share(|_, _| true, |label, read| class(label.expected()) == class(read))
    }

    /// Returns the same with robots told apart.
    #[must_use]
    pub fn four_way(&self) -> Share {
        self.share(|_, _| true, |label, read| label.expected() == read)
    }

    fn share(&self, of: impl Fn(Label, Authorship) -> bool, which: impl Fn(Label, Authorship) -> bool) -> Share {
        let mut share = Share::default();
        for ((label, read), count) in self.counts.iter().filter(|((label, read), _)| of(*label, *read)) {
            share.of += count;
            share.met += if which(*label, *read) { *count } else { 0 };
        }
        share
    }
}

/// The id of the agent that a label names.
fn agent_id(catalogue: &Catalogue, labelled: &LabelledLine) -> Option<String> {
    let name = fold(labelled.agent.as_deref()?);
    let is_it = |id: &str, called: &str| id == name || fold(called) == name;
    if let Some(actor) = Catalogue::actors().find(|actor| is_it(actor.id, actor.name)) {
        return Some(actor.id.to_owned());
    }
    let phrase = catalogue.phrase(&name).filter(|phrase| phrase.is_closed)?;
    phrase.agents.first().map(|who| who.id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, message: &str) -> String {
        format!(
            r#"{{"id":"x","author":{{"name":"A","email":"a@example.com"}},"committer":{{"name":"A","email":"a@example.com"}},"message":"{message}",{label}}}"#
        )
    }

    fn shown(share: Share) -> (usize, usize) {
        (share.met, share.of)
    }

    #[test]
    fn shares_are_counted() {
        let lines = [
            line(r#""label":"agent-coauthored","agent":"Kiro""#, "x\\n\\nCo-authored-by: Kiro <kiro@amazon.com>"),
            line(r#""label":"agent-assisted","agent":"kiro""#, "x"),
            line(r#""label":"human""#, "x\\n\\nAssisted-by: Cursor"),
            line(r#""label":"human""#, "x"),
            line(r#""label":"human","contested":true"#, "x\\n\\nAssisted-by: Cursor"),
            line(r#""label":"agent","agent":"somebody new""#, "x\\n\\nCo-authored-by: Codex <codex@openai.com>"),
            "nonsense".to_owned(),
        ];
        let score = score(&Catalogue::built_in(), lines.iter().map(String::as_str));
        let answers = score.agent_or_not();
        assert_eq!((shown(answers.precision), shown(answers.recall)), ((2, 3), (2, 3)));
        assert_eq!((shown(score.three_way()), shown(score.four_way())), ((3, 5), (3, 5)));
        assert_eq!((score.missed.len(), score.unreadable, score.contested.values().sum::<usize>()), (2, 1, 1));
        assert_eq!(score.missed[1].evidence.as_ref().map(|sign| sign.agent.as_str()), Some("cursor"));
        let agents: Vec<_> = score
            .agents
            .iter()
            .map(|(id, answers)| (id.as_str(), shown(answers.precision), shown(answers.recall)))
            .collect();
        assert_eq!(agents, [("cursor", (0, 1), (0, 0)), ("kiro", (1, 1), (1, 2))]);
        assert_eq!(shown(score.baselines[&Baseline::LastBlock].recall), (2, 3));
        assert_eq!(shown(score.recall_of(Label::Human)), (1, 2));
    }
}

//! What somebody who relies on a verdict wants to do now, and whether the verdict is about that.

use jiff::{SignedDuration, Timestamp};

use super::names::level;
use super::{Attestation, Doubt, Ruling, SOURCE_LEVEL_4};
use crate::model::{Digest, Oid};

/// How far two machines' clocks may be apart, in seconds.
const CLOCK_SKEW: i64 = 300;

/// What is asked of a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The commit at hand.
    pub commit: Oid,
    /// The environment that it is to be deployed to; none for what landed on a ref.
    pub environment: Option<String>,
    /// The ref that it must have come from, in full.
    pub reference: Option<String>,
    /// The repository that it must be of.
    pub repository: Option<String>,
    /// The SHA-256 of the plan that is about to be carried out.
    pub plan: Option<Digest>,
    /// What must be claimed.
    pub levels: Vec<String>,
    /// The time.
    pub now: Timestamp,
}

impl Question {
    /// Tells whether a verdict says that this may be done now. What was not asked is not compared, with one
    /// exception: a deployment's verdict is worth nothing without its environment.
    ///
    /// # Errors
    /// The first [`Doubt`].
    pub fn ask(&self, said: &Attestation) -> Result<(), Doubt> {
        if said.head != self.commit {
            return Err(Doubt::OtherCommit { made_for: said.head, asked: self.commit });
        }
        self.ask_where(said)?;
        if said.ruling == Ruling::Refused {
            return Err(Doubt::Refused(said.entry));
        }
        if let Some(asked) = self.plan
            && said.plan != Some(asked)
        {
            return Err(Doubt::OtherPlan { made_for: said.plan, asked });
        }
        let claimed = level(&said.target, said.ruling);
        let is_claimed = |asked: &str| asked == claimed || (said.is_source_level_4 && asked == SOURCE_LEVEL_4);
        if let Some(asked) = self.levels.iter().find(|asked| !is_claimed(asked)) {
            return Err(Doubt::LevelNotClaimed { claimed, asked: asked.clone() });
        }
        self.ask_when(said)
    }

    fn ask_where(&self, said: &Attestation) -> Result<(), Doubt> {
        if let Some(asked) = &self.repository
            && *asked != said.repository
        {
            return Err(Doubt::OtherRepository { made_for: said.repository.clone(), asked: asked.clone() });
        }
        match (&self.environment, said.target.as_environment()) {
            (Some(asked), Some(made_for)) if asked == made_for => {}
            (Some(asked), _) => {
                return Err(Doubt::OtherEnvironment { made_for: said.target.clone(), asked: asked.clone() });
            }
            (None, Some(_)) => return Err(Doubt::EnvironmentNotAsked(said.target.clone())),
            (None, None) => {}
        }
        match &self.reference {
            Some(asked) if !said.source_refs.contains(asked) => {
                Err(Doubt::OtherRef { made_for: said.source_refs.clone(), asked: asked.clone() })
            }
            _ => Ok(()),
        }
    }

    fn ask_when(&self, said: &Attestation) -> Result<(), Doubt> {
        if said.judged_at.duration_since(self.now) > SignedDuration::from_secs(CLOCK_SKEW) {
            return Err(Doubt::NotYet(said.judged_at));
        }
        if self.now >= said.expires_at { Err(Doubt::Expired(said.expires_at)) } else { Ok(()) }
    }
}

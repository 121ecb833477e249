//! The whole world that a decision may look at, as one value.
//!
//! A fact that could not be read is [`Fact::Unknown`], never a default. The types here hold facts;
//! reading them from a repository is the work of the gatherer, judging them that of the decision.
//! Fields stand in alphabetical order: serializing them gives the RFC 8785 form directly.

mod change;
mod claims;
mod fact;
mod losses;
mod settled;

pub use change::{CommitFact, CommitSignature, Defect, DefectCode, Facts, FactsError, Part, Participant};
pub use claims::{Decision, OverrideClaim, SignOff};
pub use fact::Fact;
pub use losses::{Losses, LostThing};
pub use settled::{AuthorshipCount, Relied, SettledCommits};

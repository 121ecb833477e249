//! The archive: what the gate put away in git, so that whoever has no ledger can read it with the gate's public key.
//!
//! Here is what its files are called, and the [`State`] by which the gate vouches for all of them together. Who
//! writes them is in `hook::archive`, who reads them in `adapters::archive`.

mod state;

pub use state::{ArchiveDoubt, Bounds, CLOCK_SKEW, Running, State};

use crate::model::Oid;
use crate::verify::{RecordKind, RecordRef};

/// The ref whose commits are the archive.
pub const ARCHIVE: &str = "refs/countersign/archive";
/// The file that holds the signed state. It vouches for the commit that it names, never for the one it lies in.
pub const STATE: &str = "state.json";
/// Rejects and revocations, of whatever head: `objections/<id>.json`.
pub const OBJECTIONS: &str = "objections";
/// The same, of people whom nobody knows: `strangers/<head>/<id>.json`. They are found by their head alone.
pub const STRANGERS: &str = "strangers";

/// What the verdicts in a folder are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdicts {
    /// What landed on refs.
    Landings,
    /// What was deployed to environments.
    Deployments,
}

impl Verdicts {
    fn folder(self) -> &'static str {
        match self {
            Self::Landings => "verdicts",
            Self::Deployments => "deployments",
        }
    }

    /// Returns the folder with the verdicts on a head: one file for each permit.
    #[must_use]
    pub fn of_head(self, head: Oid) -> String {
        let head = head.to_string();
        format!("{}/{}/{head}", self.folder(), head.get(..2).unwrap_or_default())
    }

    /// Returns the file with the verdict of a permit, by the permit's entry in the ledger.
    #[must_use]
    pub fn file(self, head: Oid, permit: u64) -> String {
        format!("{}/{permit}.json", self.of_head(head))
    }
}

/// Returns the file with the commits that came with a landing: their sorted raw ids, whose digest is in the verdict.
#[must_use]
pub fn commits_file(head: Oid, permit: u64) -> String {
    let head = head.to_string();
    format!("commits/{}/{head}/{permit}", head.get(..2).unwrap_or_default())
}

/// Returns the file with what the refs were when the gate was adopted, by the entry that says so.
#[must_use]
pub fn baseline_file(entry: u64) -> String {
    format!("baselines/{entry}.json")
}

/// Returns the folder with the records about a head.
#[must_use]
pub fn records_of(kind: RecordKind, head: Oid) -> String {
    RecordRef::folder(kind, head).replace("refs/countersign/", "").trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_the_commit_that_they_are_about() {
        let head: Oid = "1f".repeat(20).parse().unwrap();
        let name = "1f".repeat(20);
        assert_eq!(Verdicts::Landings.file(head, 41), format!("verdicts/1f/{name}/41.json"));
        assert_eq!(Verdicts::Deployments.of_head(head), format!("deployments/1f/{name}"));
        assert_eq!(commits_file(head, 41), format!("commits/1f/{name}/41"));
        assert_eq!(records_of(RecordKind::SignOff, head), format!("sign-offs/{name}"));
        assert_eq!(records_of(RecordKind::Override, head), format!("overrides/{name}"));
    }
}

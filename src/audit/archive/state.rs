//! The state of the archive: the gate's signature over all of its files, and over what only the ledger knows.
//!
//! Whoever serves the archive could leave out a withdrawal, or show what was true a year ago. The first is answered
//! by the commit that the state names, which holds every file; the second by the time and the number of entries in
//! it, which a reader holds against [`Bounds`]. It is an in-toto statement in a DSSE envelope, in one spelling.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ARCHIVE;
use crate::model::{Digest, Oid, terminal_safe};
use crate::policy::duration;
use crate::verify::gate_key::verify_statement;
use crate::verify::statement::STATEMENT_TYPE;
use crate::verify::{Envelope, EnvelopeError, GateKey, Invalid, PublicKey};

/// The type of what is stated here.
const PREDICATE_TYPE: &str = "urn:countersign:archive:v1";
/// The most bytes of a signed state: room for thousands of environments.
const MOST_BYTES: usize = 1 << 20;
/// How far two machines' clocks may be apart, in seconds.
pub const CLOCK_SKEW: i64 = 300;

/// What the gate says about its archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The repository's name.
    pub repository: String,
    /// The commit whose files are the archive.
    pub archive: Oid,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// How many entries the ledger had: what they say is in the archive.
    pub entries: u64,
    /// The digest of the policy that was in force; none when there was none to read.
    pub policy: Option<Digest>,
    /// The entry of the adoption, whose file tells what the refs were then.
    pub baseline: Option<u64>,
    /// What is deployed where, sorted by the environments' names.
    pub environments: Vec<(String, Running)>,
}

/// What is deployed to an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Running {
    /// This commit, under a permit.
    Commit(Oid),
    /// Nobody knows, for this reason.
    Unknown(String),
}

/// What a reader asks of a state before it is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds<'a> {
    /// The repository that it must be of.
    pub repository: &'a str,
    /// The time.
    pub now: Timestamp,
    /// How old it may be, in seconds.
    pub most_seconds: i64,
    /// How many entries the ledger is known to have.
    pub least_entries: u64,
}

/// Why an archive is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveDoubt {
    /// There is none.
    #[error("there is no {ARCHIVE} here; fetch it from the gate's repository, or from a bundle of it")]
    Missing,
    /// It has no state.
    #[error("{ARCHIVE} holds no signed state; run `countersign audit archive` on the gate's server and fetch it anew")]
    NoState,
    /// The state is no envelope.
    #[error("the archive's state is no signed statement: {0}")]
    Envelope(#[from] EnvelopeError),
    /// Its signature does not hold.
    #[error("the archive's state is not believed: {}", signature_text(.0))]
    Signature(Invalid),
    /// It says something else, or says it otherwise than a gate does.
    #[error("the archive's state is signed, but it is none that this program understands; update countersign")]
    Shape,
    /// It is of another repository.
    #[error("the archive is that of the repository `{}`, not of `{}`", terminal_safe(.made_for), terminal_safe(.asked))]
    OtherRepository {
        /// The repository in the state.
        made_for: String,
        /// The repository that was asked about.
        asked: String,
    },
    /// It is from the future.
    #[error("the archive was signed at {0}, which is not yet; check this machine's clock")]
    NotYet(Timestamp),
    /// It is too old: a sign-off may have been withdrawn since.
    #[error(
        "the archive was signed at {signed_at} and may be {} old; fetch it anew, or run `countersign audit archive` on \
         the gate's server first", duration::spoken(*.most_seconds)
    )]
    TooOld {
        /// When it was signed.
        signed_at: Timestamp,
        /// How old it may be, in seconds.
        most_seconds: i64,
    },
    /// The ledger is known to be longer.
    #[error("the archive knows {found} entries of the ledger, but there are {least} at least; fetch it anew")]
    Behind {
        /// How many it knows.
        found: u64,
        /// How many there are.
        least: u64,
    },
    /// What it vouches for is not here.
    #[error("the archive is not complete here: {0}; fetch all of it")]
    Incomplete(String),
}

impl State {
    /// Returns the signed envelope.
    ///
    /// # Errors
    /// [`EnvelopeError`] never in practice.
    pub fn sign(&self, key: &GateKey) -> Result<Envelope, EnvelopeError> {
        let bytes = serde_json::to_vec(&self.document()).map_err(|error| EnvelopeError::Shape(error.to_string()))?;
        key.sign_statement(bytes)
    }

    /// Reads what one of the keys signed. There is one spelling.
    ///
    /// # Errors
    /// [`ArchiveDoubt`] for anything else.
    pub fn read(bytes: &[u8], keys: &[PublicKey]) -> Result<Self, ArchiveDoubt> {
        let envelope = Envelope::parse_bounded(bytes, MOST_BYTES)?;
        verify_statement(&envelope, keys).map_err(ArchiveDoubt::Signature)?;
        let document: Document = serde_json::from_slice(envelope.payload()).map_err(|_| ArchiveDoubt::Shape)?;
        let state = Self::from_document(document).ok_or(ArchiveDoubt::Shape)?;
        let again = serde_json::to_vec(&state.document()).map_err(|_| ArchiveDoubt::Shape)?;
        if again == envelope.payload() { Ok(state) } else { Err(ArchiveDoubt::Shape) }
    }

    /// Tells whether this state is of the right repository and new enough.
    ///
    /// # Errors
    /// The first [`ArchiveDoubt`].
    pub fn within(&self, bounds: &Bounds<'_>) -> Result<(), ArchiveDoubt> {
        if self.repository != bounds.repository {
            let (made_for, asked) = (self.repository.clone(), bounds.repository.to_owned());
            return Err(ArchiveDoubt::OtherRepository { made_for, asked });
        }
        let age = bounds.now.duration_since(self.signed_at);
        if age < SignedDuration::from_secs(-CLOCK_SKEW) {
            return Err(ArchiveDoubt::NotYet(self.signed_at));
        }
        if age > SignedDuration::from_secs(bounds.most_seconds) {
            return Err(ArchiveDoubt::TooOld { signed_at: self.signed_at, most_seconds: bounds.most_seconds });
        }
        if self.entries < bounds.least_entries {
            return Err(ArchiveDoubt::Behind { found: self.entries, least: bounds.least_entries });
        }
        Ok(())
    }

    /// Returns what is deployed to an environment; none when nothing ever was.
    #[must_use]
    pub fn running(&self, environment: &str) -> Option<&Running> {
        self.environments.iter().find(|(name, _)| name == environment).map(|(_, running)| running)
    }

    fn document(&self) -> Document {
        let environments = self.environments.iter().map(|(name, running)| match running {
            Running::Commit(commit) => {
                EnvironmentDocument { commit: Some(*commit), environment: name.clone(), unknown: None }
            }
            Running::Unknown(why) => {
                EnvironmentDocument { commit: None, environment: name.clone(), unknown: Some(why.clone()) }
            }
        });
        Document {
            statement_type: STATEMENT_TYPE.to_owned(),
            predicate: PredicateDocument {
                baseline: self.baseline,
                entries: self.entries,
                environments: environments.collect(),
                policy: self.policy,
                repository: self.repository.clone(),
                signed_at: self.signed_at,
            },
            predicate_type: PREDICATE_TYPE.to_owned(),
            subject: [SubjectDocument { digest: GitDocument { commit: self.archive }, name: ARCHIVE.to_owned() }],
        }
    }

    /// Returns none where a field says something that no gate writes.
    fn from_document(document: Document) -> Option<Self> {
        let [subject] = document.subject;
        let predicate = document.predicate;
        let environments = predicate.environments.into_iter().map(|one| match (one.commit, one.unknown) {
            (Some(commit), None) => Some((one.environment, Running::Commit(commit))),
            (None, Some(why)) => Some((one.environment, Running::Unknown(why))),
            _ => None,
        });
        let environments: Vec<(String, Running)> = environments.collect::<Option<_>>()?;
        let is_sorted = environments.is_sorted_by(|(one, _), (other, _)| one < other);
        let is_ours = document.statement_type == STATEMENT_TYPE && document.predicate_type == PREDICATE_TYPE;
        (is_ours && is_sorted && subject.name == ARCHIVE).then_some(Self {
            repository: predicate.repository,
            archive: subject.digest.commit,
            signed_at: predicate.signed_at,
            entries: predicate.entries,
            policy: predicate.policy,
            baseline: predicate.baseline,
            environments,
        })
    }
}

/// The JSON form, keys in RFC 8785 order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "_type")]
    statement_type: String,
    predicate: PredicateDocument,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: [SubjectDocument; 1],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PredicateDocument {
    baseline: Option<u64>,
    entries: u64,
    environments: Vec<EnvironmentDocument>,
    policy: Option<Digest>,
    repository: String,
    signed_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvironmentDocument {
    commit: Option<Oid>,
    environment: String,
    unknown: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDocument {
    digest: GitDocument,
    name: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GitDocument {
    #[serde(rename = "gitCommit")]
    commit: Oid,
}

fn signature_text(invalid: &Invalid) -> String {
    match invalid {
        Invalid::OtherKey => "it is not signed by the given key of the gate".to_owned(),
        Invalid::Mismatch => "it was altered, for the gate's signature does not match it".to_owned(),
        other => format!("its signature does not hold: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> GateKey {
        GateKey::from_seed(&[seed; 32]).unwrap()
    }

    fn state() -> State {
        let commit: Oid = "ab".repeat(20).parse().unwrap();
        State {
            repository: "acme/shop".to_owned(),
            archive: commit,
            signed_at: "2026-11-22T10:00:00Z".parse().unwrap(),
            entries: 41,
            policy: Some(Digest::of(b"policy")),
            baseline: Some(0),
            environments: vec![
                ("prod-eu".to_owned(), Running::Unknown("nobody told".to_owned())),
                ("production".to_owned(), Running::Commit(commit)),
            ],
        }
    }

    fn read(envelope: &Envelope) -> Result<State, ArchiveDoubt> {
        State::read(&envelope.to_json().unwrap(), &[key(1).public_key().clone()])
    }

    fn signed(payload: &str) -> Result<State, ArchiveDoubt> {
        read(&key(1).sign_statement(payload.as_bytes().to_vec()).unwrap())
    }

    fn payload(state: &State) -> String {
        String::from_utf8(state.sign(&key(1)).unwrap().payload().to_vec()).unwrap()
    }

    #[test]
    fn what_was_signed_is_read_back() {
        assert_eq!(read(&state().sign(&key(1)).unwrap()), Ok(state()));
        let few = State { policy: None, baseline: None, environments: Vec::new(), ..state() };
        assert_eq!(read(&few.sign(&key(1)).unwrap()), Ok(few));
    }

    #[test]
    fn other_keys_and_other_bytes_are_refused() {
        let other = state().sign(&key(2)).unwrap();
        assert_eq!(read(&other), Err(ArchiveDoubt::Signature(Invalid::OtherKey)));
        let mut bytes = state().sign(&key(1)).unwrap().to_json().unwrap();
        for place in (0..bytes.len()).step_by(7) {
            bytes[place] ^= 1;
            assert!(State::read(&bytes, &[key(1).public_key().clone()]).is_err(), "byte {place}");
            bytes[place] ^= 1;
        }
        assert!(State::read(b"", &[key(1).public_key().clone()]).is_err());
    }

    #[test]
    fn statements_of_another_kind_or_spelling_are_refused() {
        let text = payload(&state());
        assert!(signed(&text).is_ok());
        for (from, to) in [
            ("urn:countersign:archive:v1", "urn:countersign:sign-off:v1"),
            ("refs/countersign/archive", "refs/heads/main"),
            ("\"entries\":41", "\"entries\": 41"),
            ("\"entries\":41", "\"entries\":41,\"more\":1"),
            ("\"environment\":\"production\"", "\"environment\":\"prod-aa\""),
            ("\"unknown\":\"nobody told\"", "\"unknown\":null"),
            ("2026-11-22T10:00:00Z", "2026-11-22T11:00:00+01:00"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert_eq!(signed(&changed), Err(ArchiveDoubt::Shape), "{to}");
        }
    }

    #[test]
    fn a_state_is_believed_within_its_bounds_alone() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let bounds =
            Bounds { repository: "acme/shop", now: at("2026-11-22T12:00:00Z"), most_seconds: 7200, least_entries: 41 };
        assert_eq!(state().within(&bounds), Ok(()));
        let refused = |bounds: Bounds<'_>| state().within(&bounds).unwrap_err();
        assert!(matches!(refused(Bounds { repository: "acme/other", ..bounds }), ArchiveDoubt::OtherRepository { .. }));
        assert!(matches!(refused(Bounds { now: at("2026-11-22T12:00:01Z"), ..bounds }), ArchiveDoubt::TooOld { .. }));
        assert!(matches!(refused(Bounds { now: at("2026-11-22T09:54:59Z"), ..bounds }), ArchiveDoubt::NotYet(_)));
        assert_eq!(state().within(&Bounds { now: at("2026-11-22T09:55:00Z"), ..bounds }), Ok(()));
        assert_eq!(refused(Bounds { least_entries: 42, ..bounds }), ArchiveDoubt::Behind { found: 41, least: 42 });
    }
}

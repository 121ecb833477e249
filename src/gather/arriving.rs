//! Records that a push brings under their own refs: which of them are records at all.

use super::claims::is_enrolled;
use super::sources::KeptRecord;
use crate::policy::Policy;
use crate::verify::{Envelope, EnvelopeError, Record, RecordKind, verify_envelope, worth_keeping};

/// Why a ref below `refs/countersign/` is no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordRefError {
    /// The name is not `…/<head>/<id>`.
    #[error("its name is not `refs/countersign/sign-offs/HEAD/ID` or `refs/countersign/overrides/HEAD/ID`")]
    Name,
    /// The blob is no record.
    #[error("it is no record: {0}")]
    Form(String),
    /// The name does not fit what the record says.
    #[error("its name does not fit the record's head and id")]
    OtherName,
    /// No signature holds.
    #[error("no signature of it holds: {0}")]
    Signature(String),
}

/// Reads the record that a push brings under a record ref.
///
/// # Errors
/// [`RecordRefError`] when it is not a valid record under its own name.
pub fn arriving_records(name: &[u8], blob: &[u8]) -> Result<KeptRecord, RecordRefError> {
    let name = std::str::from_utf8(name).map_err(|_| RecordRefError::Name)?;
    let kinds = RecordKind::ALL.into_iter();
    let (kind, rest) = kinds
        .filter_map(|kind| name.strip_prefix(kind.ref_folder()).map(|rest| (kind, rest)))
        .next()
        .ok_or(RecordRefError::Name)?;
    let (head, id) = rest.split_once('/').ok_or(RecordRefError::Name)?;
    let record = Record::read(blob, kind).map_err(|error| RecordRefError::Form(error.to_string()))?;
    if record.statement.subject().head.to_string() != head || record.id.to_hex() != id {
        return Err(RecordRefError::OtherName);
    }
    match record.invalid() {
        Some(reason) => Err(RecordRefError::Signature(reason)),
        None => Ok(KeptRecord { kind, id: id.to_owned(), envelope: blob.to_vec(), seen_at: None }),
    }
}

/// What of a record is to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The envelope, with valid signatures only.
    pub envelope: Vec<u8>,
    /// Whether nobody whom the policy names signed it.
    pub by_stranger: bool,
}

/// Returns what of a record is to be remembered beside the envelope that is `known` of it; none when
/// nothing in it is new.
///
/// # Errors
/// [`EnvelopeError`] when either is no envelope.
pub fn to_remember(
    policy: &Policy,
    known: Option<&[u8]>,
    arriving: &KeptRecord,
) -> Result<Option<Remembered>, EnvelopeError> {
    let known = known.map(Envelope::parse_kept).transpose()?;
    let envelope = Envelope::parse(&arriving.envelope)?;
    let kept = worth_keeping(known.as_ref(), &envelope, arriving.kind, &|check| is_enrolled(policy, check));
    let Some(kept) = kept else { return Ok(None) };
    let enrolled = || verify_envelope(&kept, arriving.kind).iter().any(|check| is_enrolled(policy, check));
    let by_stranger = known.is_none() && !enrolled();
    Ok(Some(Remembered { envelope: kept.to_json()?, by_stranger }))
}

//! Reading a verdict that travelled: first the signature, then the content, and one spelling only.
//!
//! What may be asked of it is in `question`.

use super::document::attestation;
use super::{Attestation, Doubt};
use crate::verify::dsse::MAX_VERDICT_BYTES;
use crate::verify::gate_key::verify_statement;
use crate::verify::{Envelope, PublicKey, VerificationSummary};

/// Reads a verdict that one of the keys signed. Of the bytes none may differ from what the gate wrote, but for one
/// line end behind it: white space, the order of fields and escapes would otherwise be a way to change it. With
/// the verdict comes the key.
///
/// # Errors
/// [`Doubt`] when it is anything else.
pub fn read<'k>(bytes: &[u8], keys: &'k [PublicKey]) -> Result<(Attestation, &'k PublicKey), Doubt> {
    let envelope = Envelope::parse_bounded(bytes, MAX_VERDICT_BYTES)?;
    if envelope.to_json()? != bytes.strip_suffix(b"\n").unwrap_or(bytes) {
        return Err(Doubt::Respelled);
    }
    let key = verify_statement(&envelope, keys).map_err(Doubt::Signature)?;
    let said = attestation(VerificationSummary::parse(envelope.payload())?, &key.fingerprint())?;
    Ok((said, key))
}

//! JSON on standard output, in RFC 8785 form: the same answer is always the same bytes.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;

/// Writes one value on a line of its own.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, value: &impl Serialize) -> Result<()> {
    out.write_all(&serde_json_canonicalizer::to_vec(value)?)?;
    out.write_all(b"\n")?;
    Ok(())
}

//! JSON on standard output, in RFC 8785 form: the same answer is always the same bytes. In the log of a
//! workflow people read it: there, and only there, what steers a terminal is escaped.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;

use super::Format;
use crate::model::is_hidden;

/// Writes one value on a line of its own.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, value: &impl Serialize) -> Result<()> {
    out.write_all(&serde_json_canonicalizer::to_vec(value)?)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Writes one value on a line of its own, for whoever asked for a format.
///
/// # Errors
/// When it cannot be written.
pub fn write_for(format: Format, out: &mut dyn Write, value: &impl Serialize) -> Result<()> {
    let text = String::from_utf8(serde_json_canonicalizer::to_vec(value)?)?;
    writeln!(out, "{}", shown_as(format, text))?;
    Ok(())
}

/// Returns JSON text as it is shown where people asked for a format.
pub fn shown_as(format: Format, text: String) -> String {
    if format != Format::Github || !text.contains(is_hidden) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            // RFC 8259, section 7: UTF-16 units in hexadecimal.
            let mut units = [0u16; 2];
            escaped.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflows_log_is_steered_by_nothing_and_reads_the_same() {
        let said = "a\u{9b}2J\u{202e}b\u{7f}\u{e0041}é";
        let mut log = Vec::new();
        write_for(Format::Github, &mut log, &said).unwrap();
        let log = String::from_utf8(log).unwrap();
        assert_eq!(log, "\"a\\u009b2J\\u202eb\\u007f\\udb40\\udc41é\"\n");
        assert_eq!(serde_json::from_str::<String>(&log).unwrap(), said);
        let mut plain = Vec::new();
        write_for(Format::Json, &mut plain, &said).unwrap();
        assert_eq!(String::from_utf8(plain).unwrap(), format!("\"{said}\"\n"));
    }
}

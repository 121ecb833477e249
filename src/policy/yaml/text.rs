//! What bytes may be a policy at all: few enough, UTF-8, without anything that hides what it says.

use super::LONGEST_POLICY;
use crate::policy::problem::Problems;

/// Bytes that were looked at.
pub(super) enum Checked<'s> {
    /// Text that may be parsed.
    Readable(&'s str),
    /// Something else; as much of it as can be shown.
    Refused(&'s str),
}

/// Checks size, encoding and characters.
pub(super) fn check<'s>(bytes: &'s [u8], problems: &mut Problems) -> Checked<'s> {
    if bytes.len() > LONGEST_POLICY {
        problems
            .error(
                "too-large",
                &(0..0),
                format!("a policy has at most {LONGEST_POLICY} bytes, this has {}", bytes.len()),
            )
            .hint("large teams: name `github-orgs` and `github-teams` instead of every member");
        return Checked::Refused("");
    }
    if let Some(message) = foreign_encoding(bytes) {
        problems.error("byte-order-mark", &(0..0), message).hint("save the file as UTF-8 without a byte order mark");
        return Checked::Refused("");
    }
    let source = match std::str::from_utf8(bytes) {
        Ok(source) => source,
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok());
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
            let at = error.valid_up_to()..error.valid_up_to();
            problems
                .error("not-utf8", &at, format!("byte 0x{byte:02x} at offset {} is no UTF-8", error.valid_up_to()))
                .hint("save the file as UTF-8");
            return Checked::Refused(valid.unwrap_or_default());
        }
    };
    // Almost every policy is plain ASCII, in which only a few bytes are worth a look.
    let is_plain = bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
    if !is_plain && has_forbidden_characters(source, problems) {
        Checked::Refused(source)
    } else {
        Checked::Readable(source)
    }
}

/// Names the byte order mark that the bytes begin with, if any.
fn foreign_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some("the file begins with a byte order mark"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("the file is UTF-16, a policy is UTF-8"),
        _ => None,
    }
}

/// Refuses control characters and marks that turn the reading direction: with them a reviewer sees
/// another policy than the gate does ("Trojan Source", CVE-2021-42574).
fn has_forbidden_characters(source: &str, problems: &mut Problems) -> bool {
    let mut found = 0;
    let mut characters = source.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let follows = characters.peek().map(|(_, next)| *next);
        let forbidden = match character {
            '\n' | '\t' => false,
            '\r' => follows != Some('\n'),
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
            '\u{2028}' | '\u{2029}' | '\u{feff}' => true,
            other => other.is_control(),
        };
        if forbidden {
            found += 1;
            let end = at + character.len_utf8();
            let message = format!("the character U+{:04X} may not stand in a policy", u32::from(character));
            problems
                .error("control-character", &(at..end), message)
                .consequence("characters like this one can make people read another policy than the gate does");
        }
        if found == 20 {
            break;
        }
    }
    found > 0
}

//! Making untrusted bytes safe to show: as git quotes paths, and for a terminal.

use std::fmt::Write as _;

/// Returns `bytes` as git's `core.quotePath=true` writes a path (C-style, in double quotes) when
/// anything in them needs it, else unchanged. See git-config(1), `core.quotePath`.
#[must_use]
pub fn git_quote(bytes: &[u8]) -> String {
    let needs = |b: &u8| *b < 0x20 || *b == 0x7f || *b >= 0x80 || *b == b'"' || *b == b'\\';
    if !bytes.iter().any(needs) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    text.push('"');
    for byte in bytes {
        match byte {
            0x07 => text.push_str("\\a"),
            0x08 => text.push_str("\\b"),
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            0x0b => text.push_str("\\v"),
            0x0c => text.push_str("\\f"),
            b'\r' => text.push_str("\\r"),
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b if needs(b) => {
                let _ = write!(text, "\\{b:03o}");
            }
            b => text.push(char::from(*b)),
        }
    }
    text.push('"');
    text
}

/// Returns the bytes that [`git_quote`] wrote in double quotes, or nothing for a text that it did
/// not have to quote.
#[must_use]
pub fn git_unquote(text: &str) -> Option<Vec<u8>> {
    let mut rest = text.strip_prefix('"')?.strip_suffix('"')?.bytes();
    let mut bytes = Vec::with_capacity(text.len());
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'\\' { unescaped(&mut rest)? } else { byte });
    }
    Some(bytes)
}

/// Returns the byte for what follows a backslash: one letter, or three octal digits.
fn unescaped(rest: &mut impl Iterator<Item = u8>) -> Option<u8> {
    Some(match rest.next()? {
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'r' => b'\r',
        byte @ (b'"' | b'\\') => byte,
        high @ b'0'..=b'3' => {
            let digits = [high, rest.next()?, rest.next()?];
            let octal = |sum: u8, digit: &u8| digit.checked_sub(b'0').filter(|d| *d < 8).map(|d| (sum << 3) | d);
            digits.iter().try_fold(0, octal)?
        }
        _ => return None,
    })
}

/// Returns `text` with every character escaped that could move a terminal's cursor, change its
/// colors, hide itself or reverse what is read: controls, bidirectional marks, zero-width and
/// other invisible characters (Unicode `Default_Ignorable_Code_Point`, UTR #36).
#[must_use]
pub fn terminal_safe(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Tells whether a text is printable ASCII: then there is nothing to escape.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Tells whether a character is a control, invisible, or changes the reading direction.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{e000}'..='\u{f8ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_as_git_quotes_them() {
        assert_eq!(git_quote(b"src/main.rs"), "src/main.rs");
        assert_eq!(git_quote("ä".as_bytes()), "\"\\303\\244\"");
        assert_eq!(git_quote(b"a\"b\\c\td\x01"), "\"a\\\"b\\\\c\\td\\001\"");
    }

    #[test]
    fn what_was_quoted_can_be_read_again() {
        for bytes in [&b"src/\xff.rs"[..], b"a\"b\\c\td\x01", b"\x07\x08\n\x0b\x0c\r\x7f", "\u{e4}".as_bytes()] {
            assert_eq!(git_unquote(&git_quote(bytes)).as_deref(), Some(bytes));
        }
        for text in ["src/main.rs", "\"", "\"open", "\"\\9\"", "\"\\38\"", "\"\\400\"", "\"\\x\""] {
            assert_eq!(git_unquote(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        assert_eq!(terminal_safe("red \x1b[31m\u{202e}txt\u{200b}"), "red \\u{1b}[31m\\u{202e}txt\\u{200b}");
        assert_eq!(terminal_safe("Grüße, 東京"), "Grüße, 東京");
    }
}

//! Bounds on the texts in a record: how long, and which characters.

use super::statement_error::StatementError;

/// A comment or reason may have this many bytes.
const MAX_TEXT_BYTES: usize = 16 * 1024;

/// Checks a text of one line that must not be empty.
pub(super) fn check_line(field: &'static str, text: &str, max_bytes: usize) -> Result<(), StatementError> {
    let complaint = if text.is_empty() {
        "is empty"
    } else if text.len() > max_bytes {
        "is too long"
    } else if text.chars().any(char::is_control) {
        "holds control characters"
    } else {
        return Ok(());
    };
    Err(StatementError::Text(field, complaint))
}

/// Checks a text that people wrote: line breaks and tabs are allowed, and it may be empty.
pub(super) fn check_text(field: &'static str, text: &str) -> Result<(), StatementError> {
    let complaint = if text.len() > MAX_TEXT_BYTES {
        "is too long"
    } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        "holds control characters"
    } else {
        return Ok(());
    };
    Err(StatementError::Text(field, complaint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_one_line() {
        assert_eq!(check_line("ticket", "INC-7", 5), Ok(()));
        for text in ["", "INC-70", "a\nb", "a\u{1b}", "a\u{85}"] {
            assert!(check_line("ticket", text, 5).is_err(), "{text:?}");
        }
    }

    #[test]
    fn texts_may_have_several_lines() {
        assert_eq!(check_text("reason", "a\n\tb"), Ok(()));
        assert!(check_text("reason", "a\rb").is_err());
        assert!(check_text("reason", &"a".repeat(MAX_TEXT_BYTES + 1)).is_err());
    }
}

//! Makes texts fit GitHub's bounds without breaking a character, saying that something is missing.

use std::borrow::Cow;

/// The longest summary, text or comment, in bytes. GitHub counts characters, of which there are never more.
pub(super) const LONGEST_TEXT: usize = 65_535;
/// The longest title, in bytes.
pub(super) const LONGEST_TITLE: usize = 255;

/// The longest description of a status, in bytes.
pub(super) const LONGEST_DESCRIPTION: usize = 140;

/// The longest report to a run that waits, in bytes ("Creating custom deployment protection rules").
pub(super) const LONGEST_REPORT: usize = 1_024;

/// What stands where a text was cut.
const CUT: &str = "\n\n… (cut: too long to be shown here)";

/// Returns a text of at most so many bytes.
pub(super) fn fitting(text: &str, longest: usize) -> Cow<'_, str> {
    if text.len() <= longest {
        return Cow::Borrowed(text);
    }
    let note = if longest > LONGEST_TITLE { CUT } else { "…" };
    let mut kept = longest.saturating_sub(note.len());
    while !text.is_char_boundary(kept) {
        kept = kept.saturating_sub(1);
    }
    let mut fitting = text.get(..kept).unwrap_or_default().to_owned();
    fitting.push_str(note);
    Cow::Owned(fitting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_says_so() {
        assert_eq!(fitting("short", 255), "short");
        let long = "é".repeat(40_000);
        let cut = fitting(&long, LONGEST_TEXT);
        assert!(cut.len() <= LONGEST_TEXT && cut.ends_with(CUT) && cut.starts_with('é'));
        let title = fitting(&long, LONGEST_TITLE);
        assert!(title.len() <= LONGEST_TITLE && title.ends_with('…'));
    }
}

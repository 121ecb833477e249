//! What a text looks like to a person, as text that can be compared: invisible characters gone,
//! look-alikes of Latin letters read as these, everything in lower case.
//!
//! Comparing only: what is shown to people or stored is never folded.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// Tells whether a character shows nothing: controls other than tab and line ends, zero-width and
/// bidirectional marks, variation selectors (Unicode `Default_Ignorable_Code_Point`).
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00}'..='\u{08}' | '\u{0e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns `text` without invisible characters.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_invisible) {
        Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns what a terminal shows of `text`: without escape sequences (ECMA-48, sections 5.3 to 5.6) and
/// without what a backspace takes away. `None` where nothing of this is in it.
///
/// Others show an escape sequence's letters: text has to be read both ways.
#[must_use]
pub fn as_on_terminal(text: &str) -> Option<String> {
    if !text.contains(['\u{8}', ESCAPE, '\u{90}', '\u{98}', '\u{9b}', '\u{9d}', '\u{9e}', '\u{9f}']) {
        return None;
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        // Every introducer of the second block can also be written in two characters of the first.
        let introducer = if c == ESCAPE { rest.next() } else { second(c) };
        match introducer {
            _ if c == '\u{8}' => drop(shown.pop()),
            _ if c != ESCAPE && introducer.is_none() => shown.push(c),
            Some('[') => drop(rest.find(|c| matches!(c, '\u{40}'..='\u{7e}'))),
            Some(']' | 'P' | 'X' | '^' | '_') => skip_string(&mut rest),
            Some('\u{20}'..='\u{2f}') => drop(rest.find(|c| matches!(c, '\u{30}'..='\u{7e}'))),
            Some(_) | None => {}
        }
    }
    Some(shown)
}

const ESCAPE: char = '\u{1b}';

/// Returns the second character of an introducer's long form.
fn second(c: char) -> Option<char> {
    match c {
        '\u{90}' => Some('P'),
        '\u{98}' => Some('X'),
        '\u{9b}' => Some('['),
        '\u{9d}' => Some(']'),
        '\u{9e}' => Some('^'),
        '\u{9f}' => Some('_'),
        _ => None,
    }
}

/// Skips a control string: to its terminator, or to BEL, with which terminals end one, too.
fn skip_string(rest: &mut std::str::Chars<'_>) {
    let mut escaped = false;
    for c in rest {
        if matches!(c, '\u{7}' | '\u{9c}') || (escaped && c == '\\') {
            return;
        }
        escaped = c == ESCAPE;
    }
}

/// Returns `text` folded for comparison: NFKC, lower case, look-alikes of Latin letters as these
/// (UTS #39), dashes and colons of every kind as `-` and `:`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        fold_char(c, &mut folded);
    }
    folded
}

/// Like [`fold`], and for every byte of the result the offset in `text` of the character that it
/// comes from; one more offset, the length of `text`, ends the list.
#[must_use]
pub fn fold_with_offsets(text: &str) -> (String, Vec<usize>) {
    let mut folded = String::with_capacity(text.len());
    let mut offsets = Vec::with_capacity(text.len() + 1);
    for (offset, c) in text.char_indices() {
        fold_char(c, &mut folded);
        offsets.resize(folded.len(), offset);
    }
    offsets.push(text.len());
    (folded, offsets)
}

fn fold_char(c: char, folded: &mut String) {
    if c.is_ascii() {
        if !is_invisible(c) {
            folded.push(c.to_ascii_lowercase());
        }
        return;
    }
    if is_invisible(c) {
        return;
    }
    if let Some(plain) = punctuation(c) {
        folded.push(plain);
        return;
    }
    for part in std::iter::once(c).nfkd() {
        if part.is_ascii() {
            folded.push(part.to_ascii_lowercase());
        } else if let Some(plain) = punctuation(part) {
            folded.push(plain);
        } else if !is_combining_mark(part) {
            fold_letter(part, folded);
        }
    }
}

fn fold_letter(c: char, folded: &mut String) {
    if c.is_alphabetic() {
        let mut bytes = [0u8; 4];
        let text: &str = c.encode_utf8(&mut bytes);
        if skeleton(text).all(|latin| latin.is_ascii_alphanumeric()) {
            folded.extend(skeleton(text).map(|latin| latin.to_ascii_lowercase()));
            return;
        }
    }
    folded.extend(c.to_lowercase());
}

/// The ASCII sign that is drawn like `c`, for signs that the grammar of trailers knows.
fn punctuation(c: char) -> Option<char> {
    match c {
        '\u{ad}' => None,
        '\u{58a}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{207b}'
        | '\u{208b}'
        | '\u{2212}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}' => Some('-'),
        '\u{2d0}' | '\u{2f8}' | '\u{5c3}' | '\u{705}' | '\u{2236}' | '\u{a789}' | '\u{fe13}' | '\u{fe55}'
        | '\u{ff1a}' => Some(':'),
        '\u{2039}' | '\u{27e8}' | '\u{2329}' | '\u{3008}' | '\u{ff1c}' | '\u{fe64}' => Some('<'),
        '\u{203a}' | '\u{27e9}' | '\u{232a}' | '\u{3009}' | '\u{ff1e}' | '\u{fe65}' => Some('>'),
        '\u{fe6b}' | '\u{ff20}' => Some('@'),
        c if c.is_whitespace() => Some(' '),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_shows_no_escape_sequence() {
        for text in [
            "Co-auth\u{1b}[0mored-by",
            "Co-auth\u{1b}[38;5;1mored-by",
            "Co-auth\u{9b}0mored-by",
            "Co-auth\u{1b}]0;title\u{7}ored-by",
            "Co-auth\u{1b}]8;;x\u{1b}\\ored-by",
            "Co-auth\u{9d}x\u{9c}ored-by",
            "Co-auth\u{1b}(Bored-by",
            "Co-auth\u{1b}7ored-by",
            "Co-authX\u{8}ored-by",
        ] {
            assert_eq!(as_on_terminal(text).as_deref(), Some("Co-authored-by"), "{text:?}");
        }
        assert_eq!(as_on_terminal("Co-authored-by"), None);
        assert_eq!(as_on_terminal("a\u{1b}[").as_deref(), Some("a"));
    }

    #[test]
    fn what_looks_alike_is_alike() {
        assert_eq!(fold("Со-аuthоrеd-bу"), "co-authored-by", "Cyrillic letters");
        assert_eq!(fold("Ｃｏ－ａｕｔｈｏｒｅｄ－ｂｙ："), "co-authored-by:", "full width");
        assert_eq!(
            fold("Co\u{2011}auth\u{200b}ored\u{2011}by\u{2236}"),
            "co-authored-by:",
            "dashes, zero width, ratio"
        );
        assert_eq!(fold("𝐂𝐨-𝐚𝐮𝐭𝐡𝐨𝐫𝐞𝐝-𝐛𝐲"), "co-authored-by", "mathematical letters");
        assert_eq!(fold("\u{202e}Kiro\u{2066}"), "kiro", "bidirectional marks");
    }

    #[test]
    fn other_scripts_stay_what_they_are() {
        assert_eq!(fold("修正 │ Ж"), "修正 │ ж");
    }

    #[test]
    fn offsets_lead_back() {
        let text = "Ｃo\u{200b}-authored-by： Кiro";
        let (folded, offsets) = fold_with_offsets(text);
        let colon = folded.find(':').unwrap();
        assert_eq!(text.get(offsets[colon + 1]..), Some(" Кiro"));
        assert_eq!(offsets.len(), folded.len() + 1);
    }
}

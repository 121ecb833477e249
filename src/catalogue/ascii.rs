//! Folding of ASCII text, shared with `build.rs`: both sides must fold alike or nothing matches.
//!
//! No dependency and nothing Unicode may go here.

/// The letter that stands for `byte` in words, or 0 for a separator.
///
/// Case does not matter; `0` and `1` stand for the letters that they are drawn like, so that
/// `C0-auth0red-by` is the word that it pretends to be.
pub const fn letter(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => byte,
        b'A'..=b'Z' => byte | 0x20,
        b'0' => b'o',
        b'1' => b'l',
        _ => 0,
    }
}

/// The start of a word's hash (FNV-1a, 32 bits).
pub const HASH_START: u32 = 0x811c_9dc5;

/// Returns the hash of a word that is continued by `letter`.
pub const fn hash_step(hash: u32, letter: u8) -> u32 {
    (hash ^ letter as u32).wrapping_mul(0x0100_0193)
}

/// Returns the key of a trailer as keys are compared: letters and digits only, folded.
pub fn fold_key(text: &str) -> String {
    text.bytes()
        .filter_map(|byte| match letter(byte) {
            0 if byte.is_ascii_digit() => Some(char::from(byte)),
            0 => None,
            folded => Some(char::from(folded)),
        })
        .collect()
}

/// Splits text into lower-case words and numbers: `GPT-5.6` is `gpt`, `5`, `6`. What is neither a
/// letter nor a digit separates; letters outside ASCII belong to words.
pub fn tokens(text: &str) -> impl Iterator<Item = &str> {
    Tokens { rest: text }
}

struct Tokens<'a> {
    rest: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Other,
}

fn class(c: char) -> Class {
    if c.is_ascii_digit() {
        Class::Digit
    } else if c.is_alphabetic() {
        Class::Letter
    } else {
        Class::Other
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.rest.find(|c| class(c) != Class::Other)?;
        let (_, from) = self.rest.split_at(start);
        let kind = class(from.chars().next()?);
        let end = from.find(|c| class(c) != kind).unwrap_or(from.len());
        let (token, rest) = from.split_at(end);
        self.rest = rest;
        Some(token)
    }
}

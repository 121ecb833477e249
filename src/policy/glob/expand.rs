//! From a pattern with braces to the patterns it stands for; checks the syntax on the way.
//!
//! Braces are a matter of writing: `a/{b/**,c}` is `a/b/**` and `a/c`, and only then `/**` gets its
//! meaning. That is how shells do it, and it leaves no question how braces and stars combine.

use super::{DEEPEST_BRACES, GlobError, LONGEST_EXPANSION, LONGEST_PATTERN, MOST_ALTERNATIVES};
use crate::model::terminal_safe;

/// Returns the patterns without braces that `source` stands for, in the order they are written.
pub(super) fn alternatives(source: &str) -> Result<Vec<String>, GlobError> {
    if source.is_empty() {
        return Err(GlobError::Empty);
    }
    check_characters(source)?;
    if !source.contains(['{', '}']) {
        check_stars(source)?;
        return Ok(vec![source.to_owned()]);
    }
    let characters: Vec<char> = source.chars().collect();
    let mut reader = Reader { characters: &characters, at: 0 };
    let all = reader.sequence(0)?;
    if reader.at < characters.len() {
        return Err(GlobError::Unopened(reader.at));
    }
    for pattern in &all {
        // A star at the end of a brace may meet one behind it: checked only once they are joined.
        check_stars(pattern).map_err(|_| GlobError::TooManyStars(0))?;
        if pattern.is_empty() {
            return Err(GlobError::Empty);
        }
    }
    Ok(all)
}

/// Refuses what no glob may hold, wherever it stands.
fn check_characters(source: &str) -> Result<(), GlobError> {
    let mut length = 0;
    for (at, character) in source.chars().enumerate() {
        length = at + 1;
        if character == '\\' {
            return Err(GlobError::Backslash(at));
        }
        let hidden = if character.is_ascii() {
            character.is_ascii_control()
        } else {
            terminal_safe(character.encode_utf8(&mut [0; 4])).starts_with('\\')
        };
        if hidden {
            return Err(GlobError::Invisible(at, u32::from(character)));
        }
    }
    if length > LONGEST_PATTERN { Err(GlobError::TooLong) } else { Ok(()) }
}

/// Refuses three stars in a row.
fn check_stars(pattern: &str) -> Result<(), GlobError> {
    match pattern.find("***") {
        Some(byte) => Err(GlobError::TooManyStars(pattern.get(..byte).map_or(0, |before| before.chars().count()))),
        None => Ok(()),
    }
}

struct Reader<'p> {
    characters: &'p [char],
    at: usize,
}

impl Reader<'_> {
    /// Reads up to the end, or inside of braces up to `,` or `}`; returns every way to write it.
    fn sequence(&mut self, depth: usize) -> Result<Vec<String>, GlobError> {
        let mut so_far = vec![String::new()];
        while let Some(&character) = self.characters.get(self.at) {
            match character {
                '{' => so_far = joined(&so_far, &self.braces(depth + 1)?)?,
                '}' | ',' if depth > 0 => break,
                '}' => return Err(GlobError::Unopened(self.at)),
                plain => {
                    self.at += 1;
                    so_far.iter_mut().for_each(|text| text.push(plain));
                    if so_far.len() > 1 && so_far.iter().map(String::len).sum::<usize>() > LONGEST_EXPANSION {
                        return Err(GlobError::TooManyAlternatives);
                    }
                }
            }
        }
        Ok(so_far)
    }

    /// Reads from `{` to its `}`; returns all that may stand there.
    fn braces(&mut self, depth: usize) -> Result<Vec<String>, GlobError> {
        let opened = self.at;
        if depth > DEEPEST_BRACES {
            return Err(GlobError::TooDeep(opened));
        }
        let mut choices = Vec::new();
        loop {
            self.at += 1;
            choices.extend(self.sequence(depth)?);
            if choices.len() > MOST_ALTERNATIVES {
                return Err(GlobError::TooManyAlternatives);
            }
            match self.characters.get(self.at) {
                Some(',') => {}
                Some(_) => break,
                None => return Err(GlobError::Unclosed(opened)),
            }
        }
        self.at += 1;
        if self.at == opened + 2 {
            return Err(GlobError::EmptyBraces(opened));
        }
        Ok(choices)
    }
}

/// Returns every text of `starts` followed by every text of `ends`.
fn joined(starts: &[String], ends: &[String]) -> Result<Vec<String>, GlobError> {
    let characters = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
    let size = characters(starts) * ends.len() + characters(ends) * starts.len();
    if starts.len() * ends.len() > MOST_ALTERNATIVES || size > LONGEST_EXPANSION {
        return Err(GlobError::TooManyAlternatives);
    }
    Ok(starts.iter().flat_map(|start| ends.iter().map(move |end| format!("{start}{end}"))).collect())
}

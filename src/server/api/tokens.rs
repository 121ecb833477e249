//! All tokens: read from their file, found in constant time.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::token::{Token, digest};
use crate::server::secret_file::{self, SecretFileError};

/// The most tokens of a service.
const MOST_TOKENS: usize = 500;

/// Why the file of tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file was not read.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// A line is no token's. Nothing of the line is repeated.
    #[error("line {line}: {why}")]
    Line {
        /// Its number, from one.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

/// The tokens that the API knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens(Vec<Token>);

impl Tokens {
    /// Reads the file: a line for each token; empty lines, and those that begin with `#`, say nothing.
    ///
    /// # Errors
    /// [`TokensError`].
    pub fn read(path: &Path) -> Result<Self, TokensError> {
        Self::parse(secret_file::read(path)?.expose_secret())
    }

    /// Reads the lines.
    ///
    /// # Errors
    /// [`TokensError::Line`].
    pub fn parse(text: &str) -> Result<Self, TokensError> {
        let (mut names, mut digests) = (BTreeSet::new(), BTreeSet::new());
        let mut tokens = Vec::new();
        for (index, text) in text.lines().enumerate() {
            let wrong = |why: &str| TokensError::Line { line: index + 1, why: why.to_owned() };
            if text.trim().is_empty() || text.trim_start().starts_with('#') {
                continue;
            }
            let token = Token::parse(text).map_err(|why| wrong(&why))?;
            if !names.insert(token.name.clone()) || !digests.insert(token.digest) {
                return Err(wrong("another line has this name or digest"));
            }
            if tokens.len() == MOST_TOKENS {
                return Err(wrong("there are more than 500 tokens"));
            }
            tokens.push(token);
        }
        Ok(Self(tokens))
    }

    /// Returns the tokens, in the order of their lines.
    #[must_use]
    pub fn all(&self) -> &[Token] {
        &self.0
    }

    /// Returns the token with this text, if it has not expired. Whatever the text, every token is looked
    /// at, and each in full.
    #[must_use]
    pub fn find(&self, text: &SecretString, now: Timestamp) -> Option<&Token> {
        let wanted = digest(text);
        let mut found = None;
        for token in &self.0 {
            if bool::from(token.digest.ct_eq(&wanted)) {
                found = Some(token);
            }
        }
        found.filter(|token| now < token.expires)
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::{Scope, generate};
    use super::*;

    fn token(name: &str, secret: &SecretString) -> Token {
        Token {
            name: name.to_owned(),
            digest: digest(secret),
            scopes: vec![Scope::Read],
            repositories: Vec::new(),
            expires: "2027-01-01T00:00:00Z".parse().unwrap(),
            owner: None,
        }
    }

    #[test]
    fn a_token_is_found_by_its_text_until_it_expires() {
        let (first, second) = (generate().unwrap(), generate().unwrap());
        let text = format!("# ours\n\n{}\n{}\n", token("one", &first), token("two", &second));
        let tokens = Tokens::parse(&text).unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let found = tokens.find(&second, at("2026-12-31T23:59:59Z")).unwrap();
        assert_eq!(found.name, "two");
        assert!(tokens.find(&second, at("2027-01-01T00:00:00Z")).is_none(), "expired");
        assert!(tokens.find(&generate().unwrap(), at("2026-12-31T00:00:00Z")).is_none(), "nobody's");
        assert!(tokens.find(&SecretString::from(""), at("2026-12-31T00:00:00Z")).is_none());
    }

    #[test]
    fn lines_that_are_wrong_are_named_by_their_number_and_not_repeated() {
        let secret = generate().unwrap();
        let good = token("one", &secret).to_string();
        let error = Tokens::parse(&format!("{good}\nsecret-by-mistake\n")).unwrap_err().to_string();
        assert!(error.starts_with("line 2: ") && !error.contains("mistake"), "{error}");
        let twice = Tokens::parse(&format!("{good}\n{good}\n")).unwrap_err().to_string();
        assert_eq!(twice, "line 2: another line has this name or digest");
        let alias = good.replace("one", "two");
        assert!(Tokens::parse(&format!("{good}\n{alias}\n")).is_err(), "one digest, two names");
        assert!(Tokens::parse("# none\n").unwrap().all().is_empty());
    }
}

//! What a request names in its path and query, read strictly: what is not known, doubled, not UTF-8 or
//! out of bounds is a problem, never ignored.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;

use super::problem::Problem;
use super::token::is_repository;
use crate::model::{Oid, Target};

/// The largest number that every JSON reader reads exactly (RFC 8259 §6).
pub const LARGEST: u64 = (1 << 53) - 1;
/// The most parts of a query.
const MOST_PARTS: usize = 32;
/// How many things are on a page unless told otherwise.
const USUAL_PAGE: u64 = 30;
/// The most things on a page.
const LARGEST_PAGE: u64 = 100;
/// The longest ref that is asked for.
const LONGEST_REF: usize = 1024;

/// The names in a path.
#[derive(Debug)]
pub struct Place(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Problem::bad_request("the path is not UTF-8"))?;
        Ok(Self(params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }
}

impl Place {
    /// Returns a part of the path.
    #[must_use]
    pub fn part(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Returns the repository, `owner/name`.
    ///
    /// # Errors
    /// [`Problem`] when it cannot be one.
    pub fn repository(&self) -> Result<String, Problem> {
        repository(&format!("{}/{}", self.part("owner"), self.part("name")))
    }

    /// Returns the number.
    ///
    /// # Errors
    /// [`Problem`] when it is none.
    pub fn number(&self) -> Result<u64, Problem> {
        number("number", self.part("number"))
    }

    /// Returns the commit.
    ///
    /// # Errors
    /// [`Problem`] when it is no full id.
    pub fn commit(&self) -> Result<Oid, Problem> {
        commit(self.part("commit"))
    }
}

/// The parts of a query. Whoever has taken all that it knows calls [`Query::finish`].
#[derive(Debug)]
pub struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl Query {
    /// Reads a query as forms write it.
    ///
    /// # Errors
    /// [`Problem`] when it is too long, not UTF-8, or names something twice.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut parts: Vec<(String, String)> = Vec::new();
        for part in text.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if parts.iter().any(|(known, _)| *known == name) {
                return Err(Problem::bad_request("the query says something twice"));
            }
            if parts.len() == MOST_PARTS {
                return Err(Problem::bad_request("the query has more than 32 parts"));
            }
            parts.push((name, value));
        }
        Ok(Self(parts))
    }

    /// Takes a part out.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let place = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(place).1)
    }

    /// Takes a number out.
    ///
    /// # Errors
    /// [`Problem`] when it is none.
    pub fn take_number(&mut self, name: &'static str) -> Result<Option<u64>, Problem> {
        self.take(name).map(|text| number(name, &text)).transpose()
    }

    /// Takes out one of some words.
    ///
    /// # Errors
    /// [`Problem`] when it is none of them.
    pub fn take_word<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.take(name) else { return Ok(None) };
        let known = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        let all = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        known.map(Some).ok_or_else(|| Problem::bad_request(format!("`{name}` is one of: {}", all())))
    }

    /// Takes out how many things are wanted on a page.
    ///
    /// # Errors
    /// [`Problem`] when it is no number from 1 to 100.
    pub fn take_limit(&mut self) -> Result<usize, Problem> {
        let limit = self.take_number("limit")?.unwrap_or(USUAL_PAGE);
        let fits = (1..=LARGEST_PAGE).contains(&limit).then(|| usize::try_from(limit).ok()).flatten();
        fits.ok_or_else(|| Problem::bad_request("`limit` is a number from 1 to 100"))
    }

    /// Takes out where the page begins.
    ///
    /// # Errors
    /// [`Problem`] when it is not from an earlier answer.
    pub fn take_cursor<const N: usize>(&mut self) -> Result<Option<[u64; N]>, Problem> {
        let Some(text) = self.take("cursor") else { return Ok(None) };
        read_cursor(&text).map(Some).ok_or_else(|| Problem::bad_request("`cursor` is `next` of an earlier page"))
    }

    /// Takes out a repository.
    ///
    /// # Errors
    /// [`Problem`] when it cannot be one.
    pub fn take_repository(&mut self) -> Result<Option<String>, Problem> {
        self.take("repository").map(|text| repository(&text)).transpose()
    }

    /// Takes out a full ref.
    ///
    /// # Errors
    /// [`Problem`] when it is none.
    pub fn take_target(&mut self) -> Result<Option<String>, Problem> {
        let Some(text) = self.take("target") else { return Ok(None) };
        let is_ref = text.starts_with("refs/") && text.len() <= LONGEST_REF && !text.contains(char::is_control);
        if is_ref {
            Ok(Some(text))
        } else {
            Err(Problem::bad_request("`target` is a full ref, such as refs/heads/main"))
        }
    }

    /// Takes the ref or environment that is asked about: a full ref, or `environment:NAME`.
    ///
    /// # Errors
    /// [`Problem`] when it is missing or neither.
    pub fn take_place(&mut self) -> Result<Target, Problem> {
        let text = self.take("target").unwrap_or_default();
        let fits = |name: &str| (1..=LONGEST_REF).contains(&name.len()) && !name.contains(char::is_control);
        match text.strip_prefix("environment:") {
            Some(name) if fits(name) => Ok(Target::Environment(name.to_owned())),
            None if text.starts_with("refs/") && fits(&text) => Ok(Target::from_ref_bytes(text.as_bytes())),
            _ => Err(Problem::bad_request("`target` is a full ref, such as refs/heads/main, or environment:NAME")),
        }
    }

    /// Makes sure that nothing is left that nobody knows.
    ///
    /// # Errors
    /// [`Problem`] when something is.
    pub fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Problem::bad_request("the query has a part that is not known here"))
        }
    }
}

/// Tells whether somebody wants plain text rather than JSON.
#[must_use]
pub fn wants_text(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kinds = accepted.split(',').map(|kind| kind.split(';').next().unwrap_or_default().trim());
    // The first that we have.
    kinds.into_iter().find(|kind| matches!(*kind, "text/plain" | "application/json" | "application/*" | "*/*"))
        == Some("text/plain")
}

/// Returns the cursor for a key. Its form is described, so that programs can tell one from anything else;
/// what it means is not.
#[must_use]
pub fn cursor(key: &[u64]) -> String {
    let key: Vec<String> = key.iter().map(u64::to_string).collect();
    key.join(".")
}

fn read_cursor<const N: usize>(text: &str) -> Option<[u64; N]> {
    let numbers: Option<Vec<u64>> = text.split('.').map(plain_number).collect();
    numbers?.try_into().ok()
}

fn repository(text: &str) -> Result<String, Problem> {
    if is_repository(text) {
        return Ok(text.to_owned());
    }
    Err(Problem::bad_request("a repository is named owner/name, of the characters A-Z a-z 0-9 . _ -"))
}

fn commit(text: &str) -> Result<Oid, Problem> {
    text.parse().map_err(|_| Problem::bad_request("a commit is named by its full id: 40 or 64 of the digits 0-9 a-f"))
}

fn number(name: &str, text: &str) -> Result<u64, Problem> {
    plain_number(text).ok_or_else(|| Problem::bad_request(format!("`{name}` is a number from 0 to {LARGEST}")))
}

/// Reads a number in its one form, without sign, and without zeros before it.
fn plain_number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    text.parse().ok().filter(|number| is_plain && *number <= LARGEST)
}

fn decoded(text: &str) -> Result<String, Problem> {
    let spaced = text.replace('+', " ");
    let bytes = percent_decode_str(&spaced);
    let text = bytes.decode_utf8().map_err(|_| Problem::bad_request("the query is not UTF-8"))?;
    if text.contains('\0') { Err(Problem::bad_request("the query holds a NUL")) } else { Ok(text.into_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::parse(text).unwrap()
    }

    #[test]
    fn a_query_is_read_strictly() {
        let mut good = query("repository=acme%2Fshop&limit=5&state=open&target=refs/heads/a+b");
        assert_eq!(good.take_repository().unwrap().as_deref(), Some("acme/shop"));
        assert_eq!(good.take_limit().unwrap(), 5);
        assert_eq!(good.take_word("state", &[("open", 1), ("closed", 2)]).unwrap(), Some(1));
        assert_eq!(good.take_target().unwrap().as_deref(), Some("refs/heads/a b"));
        good.finish().unwrap();
        for bad in
            ["a=%ff", "a=1&a=2", "a=%00", &"a=1&".repeat(2), &(0..33).map(|n| format!("{n}=&")).collect::<String>()]
        {
            assert!(Query::parse(bad).is_err(), "{bad}");
        }
        assert!(query("x=1").finish().is_err());
        for bad in ["limit=0", "limit=101", "limit=-1", "limit=", "limit=1e1", "limit=%2B1", "limit=01"] {
            assert!(query(bad).take_limit().is_err(), "{bad}");
        }
        assert_eq!(query("").take_limit().unwrap(), 30);
        assert!(query("target=main").take_target().is_err());
        assert!(query("state=ajar").take_word("state", &[("open", 1)]).is_err());
        assert_eq!(query("from=9007199254740991").take_number("from").unwrap(), Some(LARGEST));
        assert!(query("from=9007199254740992").take_number("from").is_err());
    }

    #[test]
    fn a_cursor_is_only_what_was_given_out() {
        let given = cursor(&[7, 42, 1]);
        assert_eq!(query(&format!("cursor={given}")).take_cursor::<3>().unwrap(), Some([7, 42, 1]));
        let forged = ["7.42", "7.42.1.1", "7.42.x", "7.42.01", "7.42.9007199254740992", "-1.0.0", ""];
        for forged in forged {
            assert!(query(&format!("cursor={forged}")).take_cursor::<3>().is_err(), "{forged}");
        }
        assert_eq!(query("").take_cursor::<3>().unwrap(), None);
    }

    #[test]
    fn text_is_given_to_whoever_prefers_it() {
        let wants = |accept: &'static str| {
            wants_text(&HeaderMap::from_iter([(ACCEPT, axum::http::HeaderValue::from_static(accept))]))
        };
        assert!(wants("text/plain") && wants("text/html, text/plain;q=0.9, */*"));
        assert!(!wants("application/json, text/plain") && !wants("*/*") && !wants("text/html"));
        assert!(!wants_text(&HeaderMap::new()));
    }
}

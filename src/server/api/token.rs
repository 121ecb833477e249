//! A token of the API: what it may do, and the line that says so.
//!
//! The line holds the token's digest only. A token is 32 random bytes, so that one round of SHA-256
//! is enough: nobody finds it by trying.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// How a token begins, so that programs which look for secrets find it.
pub const PREFIX: &str = "cstok_";
/// How the digest of a token begins in its line.
const DIGEST: &str = "sha256:";
/// The longest name of a token.
const LONGEST_NAME: usize = 64;
/// The most repositories that one token names.
const MOST_REPOSITORIES: usize = 100;

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Read changes, verdicts and explanations.
    Read,
    /// Read the ledger, and proofs about it.
    Ledger,
    /// Override a refusal, as the person whose token it is.
    Override,
}

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The account's login on the forge.
    pub login: String,
    /// The forge's number of the account, which survives a rename.
    pub id: u64,
}

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What people call it; in logs, too.
    pub name: String,
    /// What tells it: the SHA-256 of its text.
    pub digest: [u8; 32],
    /// What it may do, sorted.
    pub scopes: Vec<Scope>,
    /// The repositories that it reaches, by name; all when empty.
    pub repositories: Vec<String>,
    /// From when on it is worth nothing.
    pub expires: Timestamp,
    /// Whose it is.
    pub owner: Option<Owner>,
}

impl Scope {
    /// Every scope there is.
    pub const ALL: [Self; 3] = [Self::Read, Self::Ledger, Self::Override];

    /// Returns the scope as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Ledger => "ledger",
            Self::Override => "override",
        }
    }

    /// Reads a scope.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// Returns a new token.
///
/// # Errors
/// When the system has no randomness.
pub fn generate() -> Result<SecretString, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(SecretString::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
}

/// Returns what tells a token.
#[must_use]
pub fn digest(token: &SecretString) -> [u8; 32] {
    Sha256::digest(token.expose_secret()).into()
}

/// Tells whether a text can be the name of a repository, `owner/name`, as forges allow it.
#[must_use]
pub fn is_repository(text: &str) -> bool {
    let is_part = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        (1..=100).contains(&part.len()) && part.bytes().all(plain) && !matches!(part, "." | "..")
    };
    text.split_once('/').is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}

/// Tells whether a text can be the login of an account.
fn is_login(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

impl Token {
    /// Reads the line of a token: its name, its digest, and then `KEY=VALUE` in any order.
    ///
    /// # Errors
    /// What is wrong, without a word of the line: it may hold a secret by mistake.
    pub fn parse(line: &str) -> Result<Self, String> {
        let mut words = line.split_ascii_whitespace();
        let name =
            words.next().filter(|name| is_name(name)).ok_or("begin with a name of the characters a-z 0-9 . _ -")?;
        let digest = digest_from(words.next().unwrap_or_default())?;
        let mut fields = Fields::default();
        for word in words {
            fields.take(word)?;
        }
        let token = fields.finish(name, digest)?;
        token.check()?;
        Ok(token)
    }

    /// Checks that it says all that it has to.
    ///
    /// # Errors
    /// What is missing or too much.
    pub fn check(&self) -> Result<(), String> {
        let wrong = [
            (!is_name(&self.name), "a name has only the characters a-z 0-9 . _ - and begins with one of a-z 0-9"),
            (self.scopes.is_empty(), "a token needs a scope: read, ledger or override"),
            (self.repositories.iter().any(|name| !is_repository(name)), "a repository is written owner/name"),
            (self.repositories.len() > MOST_REPOSITORIES, "a token names at most 100 repositories"),
            (self.owner.as_ref().is_some_and(|owner| !is_login(&owner.login)), "an account is a login, without @"),
            (
                self.has(Scope::Override) && self.owner.is_none(),
                "who overrides is a person: the scope override needs account and account-id",
            ),
        ];
        wrong.into_iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, why)| Err(why.to_owned()))
    }

    /// Tells whether it may do something.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Tells whether it reaches a repository.
    #[must_use]
    pub fn reaches(&self, repository: &str) -> bool {
        self.repositories.is_empty() || self.repositories.iter().any(|name| name == repository)
    }
}

/// Writes the line.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scopes: Vec<&str> = self.scopes.iter().map(|scope| scope.as_str()).collect();
        write!(f, "{} {DIGEST}{} scope={}", self.name, hex::encode(self.digest), scopes.join(","))?;
        if !self.repositories.is_empty() {
            write!(f, " repositories={}", self.repositories.join(","))?;
        }
        write!(f, " expires={}", self.expires)?;
        if let Some(owner) = &self.owner {
            write!(f, " account={} account-id={}", owner.login, owner.id)?;
        }
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|byte| plain(byte) || b"._-".contains(&byte))
}

fn digest_from(word: &str) -> Result<[u8; 32], String> {
    if word.starts_with(PREFIX) {
        return Err("it holds a token itself, which must stand nowhere: make a new one".to_owned());
    }
    let mut bytes = [0_u8; 32];
    let digits = word.strip_prefix(DIGEST).filter(|digits| hex::decode_to_slice(digits, &mut bytes).is_ok());
    digits.map(|_| bytes).ok_or_else(|| "after the name comes sha256: and 64 hexadecimal digits".to_owned())
}

/// What stands in a line after name and digest.
#[derive(Default)]
struct Fields {
    scopes: Option<Vec<Scope>>,
    repositories: Option<Vec<String>>,
    expires: Option<Timestamp>,
    account: Option<String>,
    account_id: Option<u64>,
}

impl Fields {
    fn take(&mut self, word: &str) -> Result<(), String> {
        let (key, value) = word.split_once('=').ok_or("after the digest come words of the form KEY=VALUE")?;
        match key {
            "scope" => {
                let scopes: Option<Vec<Scope>> = value.split(',').map(Scope::parse).collect();
                put(&mut self.scopes, scopes, key)
            }
            "repositories" => put(&mut self.repositories, Some(value.split(',').map(str::to_owned).collect()), key),
            "expires" => put(&mut self.expires, value.parse().ok(), key),
            "account" => put(&mut self.account, Some(value.to_owned()), key),
            "account-id" => put(&mut self.account_id, value.parse().ok(), key),
            _ => Err("it has a key that is none of scope, repositories, expires, account, account-id".to_owned()),
        }
    }

    fn finish(self, name: &str, digest: [u8; 32]) -> Result<Token, String> {
        let mut scopes = self.scopes.ok_or("it lacks scope=")?;
        scopes.sort_unstable();
        scopes.dedup();
        let owner = match (self.account, self.account_id) {
            (Some(login), Some(id)) => Some(Owner { login, id }),
            (None, None) => None,
            _ => return Err("account and account-id belong together".to_owned()),
        };
        let expires = self.expires.ok_or("it lacks expires=, a moment such as 2027-01-31T00:00:00Z")?;
        let repositories = self.repositories.unwrap_or_default();
        Ok(Token { name: name.to_owned(), digest, scopes, repositories, expires, owner })
    }
}

/// Puts a value where there is none yet. `key` is one of ours, so it may be told.
fn put<T>(place: &mut Option<T>, value: Option<T>, key: &str) -> Result<(), String> {
    let value = value.ok_or_else(|| format!("{key}= has a value that cannot be read"))?;
    if place.replace(value).is_some() { Err(format!("{key}= stands there twice")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(rest: &str) -> String {
        format!("ci sha256:{} {rest}", "0a".repeat(32))
    }

    #[test]
    fn a_line_is_read_as_it_is_written() {
        let text = line(
            "scope=read,override repositories=acme/shop,acme/x.y expires=2027-01-31T00:00:00Z \
            account=dana account-id=105",
        );
        let token = Token::parse(&text).unwrap();
        assert_eq!(token.to_string(), text);
        assert_eq!(token.owner, Some(Owner { login: "dana".to_owned(), id: 105 }));
        assert!(token.reaches("acme/shop") && !token.reaches("acme/Shop") && !token.reaches("acme/sho"));
        let text = line("scope=ledger expires=2027-01-31T00:00:00Z");
        let token = Token::parse(&format!("  {text}\t")).unwrap();
        assert_eq!(token.to_string(), text);
        assert!(token.reaches("acme/any") && token.has(Scope::Ledger) && !token.has(Scope::Read));
    }

    #[test]
    fn whatever_is_missing_doubtful_or_too_much_is_refused() {
        let expires = "expires=2027-01-31T00:00:00Z";
        for (rest, why) in [
            ("scope=read".to_owned(), "it lacks expires=, a moment such as 2027-01-31T00:00:00Z"),
            (expires.to_owned(), "it lacks scope="),
            (format!("scope=admin {expires}"), "scope= has a value that cannot be read"),
            (format!("scope= {expires}"), "scope= has a value that cannot be read"),
            (format!("scope=read scope=ledger {expires}"), "scope= stands there twice"),
            ("scope=read expires=tomorrow".to_owned(), "expires= has a value that cannot be read"),
            (
                format!("scope=read {expires} admin=1"),
                "it has a key that is none of scope, repositories, expires, account, account-id",
            ),
            (format!("scope=read {expires} admin"), "after the digest come words of the form KEY=VALUE"),
            (format!("scope=read {expires} repositories=shop"), "a repository is written owner/name"),
            (format!("scope=read {expires} repositories="), "a repository is written owner/name"),
            (
                format!("scope=override {expires}"),
                "who overrides is a person: the scope override needs account and account-id",
            ),
            (format!("scope=override {expires} account=dana"), "account and account-id belong together"),
            (format!("scope=read {expires} account=@dana account-id=1"), "an account is a login, without @"),
        ] {
            assert_eq!(Token::parse(&line(&rest)), Err(why.to_owned()), "{rest}");
        }
        assert!(Token::parse("Ci sha256:00 scope=read").unwrap_err().starts_with("begin with a name"));
        assert!(Token::parse("ci sha256:00 scope=read").unwrap_err().starts_with("after the name comes"));
    }

    #[test]
    fn a_token_in_the_place_of_its_digest_is_found_and_not_repeated() {
        let token = generate().unwrap();
        let text = token.expose_secret();
        assert_eq!(text.len(), PREFIX.len() + 43);
        let error = Token::parse(&format!("ci {text} scope=read")).unwrap_err();
        assert!(error.contains("make a new one") && !error.contains(text), "{error}");
        assert_ne!(digest(&token), digest(&generate().unwrap()));
    }

    #[test]
    fn names_of_repositories_lead_nowhere_else() {
        for good in ["acme/shop", "a/.github", "A-1/b_c.d"] {
            assert!(is_repository(good), "{good}");
        }
        for bad in ["", "shop", "acme/", "/shop", "acme/shop/x", "acme/..", "acme/a b", "acme/\u{e9}", "a/b\n"] {
            assert!(!is_repository(bad), "{bad}");
        }
    }
}

//! What may not stand in the catalogue: signs that would hit people, and signs that say nothing.
//!
//! Shared with `build.rs`, which stops at the first fault. Whether two actors have the same sign is
//! seen where the tables are made.

use std::fmt;

use super::ascii;
use super::entry::{Dated, Document, EmailSign, Entry, EnvironmentSign, KeySign, NameSign, Spanned};
use super::everyday::{EVERYDAY_BRANCHES, EVERYDAY_VARIABLES, GITHUBS_OWN_KEYS, is_everyday_name, is_mail_provider};

/// Hosts that serve nothing but an agent's sessions.
const HOSTS_OF_SESSIONS: &[&str] = &["copilot-workspace.githubnext.com/"];

/// The longest catalogue that is read, in bytes.
pub const LONGEST: usize = 4 << 20;

/// What is wrong with a catalogue, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A stable code.
    pub code: &'static str,
    /// The line, from 1; 0 where it is not known.
    pub line: u64,
    /// The column, from 1; 0 where it is not known.
    pub column: u64,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: error[{}]: {}", self.line, self.column, self.code, self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

/// Reads a catalogue.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text; at least one fault.
pub fn load(text: &str) -> Result<Document, Vec<Fault>> {
    let fault = |line, column, message| Fault { code: "form", line, column, message, hint: "" };
    if text.len() > LONGEST {
        return Err(vec![fault(0, 0, format!("the catalogue is longer than {LONGEST} bytes"))]);
    }
    let document: Document = serde_yaml::from_str(text).map_err(|error| {
        let place = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        let message = error.to_string();
        vec![fault(place.0, place.1, message.lines().next().unwrap_or_default().to_owned())]
    })?;
    let faults = check(&document);
    if faults.is_empty() { Ok(document) } else { Err(faults) }
}

/// Returns everything that is wrong with a catalogue.
#[must_use]
pub fn check(document: &Document) -> Vec<Fault> {
    let mut lint = Lint { faults: Vec::new(), release: &document.release.value, open: open_keys(document) };
    if document.version.value != 1 {
        let message = format!("version {} is not known", document.version.value);
        lint.fault("version", &document.version, message, "this reader knows version 1");
    }
    if !is_release(&document.release.value) {
        let message = format!("`{}` is no release", document.release.value);
        lint.fault("release", &document.release, message, "write the day, such as 2026-11-22");
    }
    let mut ids: Vec<&str> = Vec::new();
    for entry in document.agents.iter().chain(&document.robots) {
        if ids.contains(&entry.value.id.as_str()) {
            lint.fault("id-twice", entry, format!("{} is there twice", entry.value.id), "give it another id");
        }
        ids.push(&entry.value.id);
        lint.entry(entry);
    }
    lint.faults.sort_by_key(|fault| (fault.line, fault.column));
    lint.faults
}

struct Lint<'d> {
    faults: Vec<Fault>,
    release: &'d str,
    /// The folded keys that anyone may write.
    open: Vec<String>,
}

impl Lint<'_> {
    fn fault<T>(&mut self, code: &'static str, at: &Spanned<T>, message: String, hint: &'static str) {
        let (line, column) = (at.referenced.line(), at.referenced.column());
        self.faults.push(Fault { code, line, column, message, hint });
    }

    fn entry(&mut self, at: &Spanned<Entry>) {
        let entry = &at.value;
        if !is_id(&entry.id) {
            let hint = "use lower-case letters, digits and single hyphens";
            self.fault("id", at, format!("`{}` is no id", entry.id), hint);
        }
        self.dates(entry);
        for sign in &entry.accounts {
            self.account(sign, &sign.value.login, sign.value.id);
        }
        entry.emails.iter().for_each(|sign| self.email(sign));
        entry.signing_keys.iter().for_each(|sign| self.signing_key(sign));
        entry.names.iter().for_each(|sign| self.name(sign));
        for sign in &entry.name_at {
            if is_everyday_name(&spoken(&sign.value.name)) || is_mail_provider(&sign.value.domain) {
                let message = format!("people are called `{}` at {}", sign.value.name, sign.value.domain);
                self.fault("display-name-alone", sign, message, "name the product in full, or its address");
            }
        }
        for sign in &entry.trailers {
            let folded = ascii::fold_key(&sign.value.key);
            if self.open.contains(&folded) || !sign.value.key.contains(['-', ' ']) {
                let message = format!("anyone may write `{}`", sign.value.key);
                self.fault("trailer-key-open", sign, message, "a trailer of one actor's own has the actor in its key");
            }
        }
        for sign in &entry.links {
            let prefix = sign.value.prefix.as_str();
            let has_path = prefix.split_once('/').is_some_and(|(_, path)| !path.is_empty());
            if prefix.contains("://") || !has_path && !HOSTS_OF_SESSIONS.contains(&prefix) {
                let message = format!("people link to `{prefix}` for other reasons");
                self.fault(
                    "link-without-path",
                    sign,
                    message,
                    "give host and beginning of a session's path, without scheme",
                );
            }
        }
        for sign in &entry.marks {
            let words = ascii::tokens(&sign.value.text).count();
            if sign.value.text.len() < 10 || words < 2 && sign.value.text.is_ascii() {
                let message = format!("`{}` may stand in anybody's text", sign.value.text);
                self.fault("mark-too-short", sign, message, "a mark is a fixed phrase of some words");
            }
        }
        for sign in &entry.branches {
            let prefix = sign.value.prefix.to_lowercase();
            let ends = prefix.ends_with(['/', '-', '_']);
            if EVERYDAY_BRANCHES.contains(&prefix.as_str()) || !ends {
                let message = format!("people name branches `{}…`, too", sign.value.prefix);
                self.fault("branch-everyday", sign, message, "a branch hint names the product and ends in / or -");
            }
        }
        for sign in &entry.notes {
            if !sign.value.r#ref.starts_with("refs/notes/") || sign.value.r#ref == "refs/notes/commits" {
                let message = format!("`{}` is no ref of an agent's notes", sign.value.r#ref);
                self.fault("notes-ref", sign, message, "people's own notes stand in refs/notes/commits");
            }
        }
        entry.environment.iter().for_each(|sign| self.environment(sign));
    }

    fn dates(&mut self, entry: &Entry) {
        let release = self.release.get(..7).unwrap_or_default().to_owned();
        let mut wrong: Vec<Fault> = Vec::new();
        let mut note = |line: u64, column: u64, seen: &str| {
            let message = if !is_month(seen) {
                format!("seen: `{seen}` is no year and month")
            } else if seen > release.as_str() {
                format!("seen: {seen} is after the release")
            } else {
                return;
            };
            wrong.push(Fault { code: "seen", line, column, message, hint: "write it like 2026-11" });
        };
        macro_rules! each {
            ($($list:ident),*) => {$(
                for sign in &entry.$list {
                    note(sign.referenced.line(), sign.referenced.column(), sign.value.dated().1);
                }
            )*};
        }
        each!(accounts, emails, signing_keys, names, shared_names, models, placeholder, suffixes, name_at);
        each!(trailers, links, marks, forms, notes, branches, environment, commands);
        self.faults.extend(wrong);
    }

    fn account<T>(&mut self, at: &Spanned<T>, login: &str, id: Option<u64>) {
        let bare = login.strip_suffix("[bot]").unwrap_or(login);
        if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            self.fault("login", at, format!("`{login}` is no login"), "write one login, without patterns");
        } else if bare == login && id.is_none() && is_everyday_name(&login.to_lowercase()) {
            let hint = "give the account's number: anybody may be called that";
            self.fault("display-name-alone", at, format!("people have accounts called `{login}`"), hint);
        }
    }

    fn email(&mut self, at: &Spanned<EmailSign>) {
        match (&at.value.address, &at.value.domain) {
            (Some(address), None) if at.value.locals.is_empty() => self.address(at, address),
            (None, Some(domain)) if at.value.locals.is_empty() => {
                let message = format!("everybody at {domain} would be this agent, and people work there");
                self.fault("domain-alone", at, message, "add `locals` with the local parts that are the agent's");
            }
            (None, Some(domain)) if is_mail_provider(domain) => {
                let message = format!("anybody may have an address at {domain}");
                self.fault("mail-provider", at, message, "give one address that was seen");
            }
            (None, Some(domain)) => {
                for local in at.value.locals.clone() {
                    self.address(at, &format!("{local}@{domain}"));
                }
            }
            _ => {
                let hint = "write `address`, or `domain` with `locals`";
                self.fault(
                    "email-form",
                    at,
                    "an e-mail sign is an address, or a domain with local parts".to_owned(),
                    hint,
                );
            }
        }
    }

    fn address(&mut self, at: &Spanned<EmailSign>, address: &str) {
        let (local, domain) = address.split_once('@').unwrap_or((address, ""));
        if local.is_empty() || local.contains(['*', '?']) {
            let message = format!("`{address}` is everybody at {domain}");
            self.fault("domain-alone", at, message, "name the local parts that are the agent's");
        } else if domain.is_empty()
            || domain.contains(['@', '*'])
            || address != address.to_lowercase()
            || address.contains(['+', ' ', '<', '>'])
        {
            let message = format!("{address} is not a plain lower-case address");
            self.fault("email-form", at, message, "write it as local@domain, without `+`");
        } else if matches!(address, "noreply@github.com" | "support@github.com") {
            let message = format!("{address} commits every merge on GitHub's pages");
            self.fault("display-name-alone", at, message, "name the account instead");
        }
    }

    fn signing_key(&mut self, at: &Spanned<KeySign>) {
        let fingerprint = at.value.fingerprint.as_str();
        if GITHUBS_OWN_KEYS.contains(&fingerprint) {
            let message = format!("GitHub signs everybody's commits with {fingerprint}");
            self.fault("key-shared", at, message, "name a key that signs the agent's commits alone");
        } else if !is_fingerprint(fingerprint) {
            let hint = "write SHA256:… as ssh-keygen prints it, or 40 capital hexadecimal digits";
            self.fault("key-form", at, format!("`{fingerprint}` is no fingerprint"), hint);
        }
    }

    /// A name that may be followed by anything must be one that no person bears.
    fn name(&mut self, at: &Spanned<NameSign>) {
        for name in &at.value.is {
            if is_everyday_name(&spoken(name)) {
                let message = format!("people are called `{name}`, or say it every day");
                self.fault("display-name-alone", at, message, "move it to `shared-names`");
            }
        }
    }

    fn environment(&mut self, at: &Spanned<EnvironmentSign>) {
        let conditions: Vec<_> = at.value.set.iter().map(|text| condition(text)).collect();
        if conditions.is_empty() || conditions.iter().any(Option::is_none) {
            let hint = "write NAME, NAME=value or NAME~part";
            return self.fault("environment-form", at, "a condition is not understood".to_owned(), hint);
        }
        let tells = |(name, test): &(&str, Test<'_>)| !EVERYDAY_VARIABLES.contains(name) || *test != Test::Set;
        if !conditions.iter().flatten().any(tells) {
            let message = format!("people's own terminals have {}, too", at.value.set.join(" and "));
            self.fault("environment-everyday", at, message, "add a variable or value that only the agent's shell has");
        }
    }
}

/// What is asked of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test<'t> {
    /// It is set, and does not say no.
    Set,
    /// It has this value.
    Is(&'t str),
    /// Its value has this part.
    Has(&'t str),
}

/// Reads a condition on a variable: `NAME`, `NAME=value`, `NAME~part`.
#[must_use]
pub fn condition(text: &str) -> Option<(&str, Test<'_>)> {
    let end = text.find(['=', '~']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let mut value = rest.chars();
    let test = match value.next() {
        None => Test::Set,
        Some('=') => Test::Is(value.as_str()),
        Some(_) => Test::Has(value.as_str()),
    };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && !matches!(test, Test::Is("") | Test::Has(""))).then_some((name, test))
}

/// Tells whether a text is a key's fingerprint, as ssh-keygen or GnuPG prints it.
#[must_use]
pub fn is_fingerprint(text: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    match text.strip_prefix("SHA256:") {
        Some(digest) => digest.len() == 43 && digest.bytes().all(is_base64),
        None => {
            matches!(text.len(), 40 | 64)
                && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'A'..=b'F'))
        }
    }
}

fn open_keys(document: &Document) -> Vec<String> {
    let keys = &document.keys;
    let lists = [&keys.co_author, &keys.author, &keys.help, &keys.loose, &keys.flag, &keys.sign_off, &keys.review];
    lists.into_iter().flatten().map(|key| ascii::fold_key(key)).collect()
}

fn spoken(name: &str) -> String {
    name.trim().to_lowercase()
}

fn is_id(id: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !id.is_empty() && id.bytes().all(fine) && !id.starts_with('-') && !id.ends_with('-') && !id.contains("--")
}

fn is_month(text: &str) -> bool {
    matches!(text.as_bytes(), [b'2', b'0', a, b, b'-', c, d]
        if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) && (b"01"..=b"12").contains(&&[*c, *d]))
}

fn is_release(text: &str) -> bool {
    let (day, number) = text.split_once('.').unwrap_or((text, "1"));
    let (month, rest) = day.split_at_checked(7).unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_month(month) && rest.strip_prefix('-').is_some_and(|day| day.len() == 2 && is_number(day)) && is_number(number)
}

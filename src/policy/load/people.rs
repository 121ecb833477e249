//! The section `people`: who there is, and by what each is recognized.

use std::ops::Range;

use super::draft::{Belonging, Draft, Kind};
use super::keys;
use crate::model::Account;
use crate::policy::problem::{Problems, shown};
use crate::policy::read;
use crate::policy::sameness;
use crate::policy::shape::{ACCOUNT, PASSKEY, PERSON};
use crate::policy::yaml::{Node, Value};
use crate::policy::{Passkey, Person};

/// Providers that the adapters know.
const PROVIDERS: [&str; 9] = ["plain", "http", "github", "gitlab", "gitea", "forgejo", "ghes", "bitbucket", "gitolite"];

/// Reads everybody.
pub(super) fn read(node: &Node<'_>, draft: &mut Draft, problems: &mut Problems) {
    let Some(entries) = read::entries(node, "a mapping from ids to people", problems) else {
        draft.people_incomplete = true;
        return;
    };
    for entry in entries {
        if !id_is_fine(&entry.key, &entry.at, "the id of a person", problems) {
            draft.people_incomplete = true;
            continue;
        }
        let mut reader = Reader { id: &entry.key, person: Person::default(), belongings: Vec::new(), problems };
        if reader.read(&entry.value).is_none() {
            draft.people_incomplete = true;
        }
        let Reader { person, belongings, .. } = reader;
        draft.belongings.extend(belongings);
        draft.people.insert(entry.key.to_string(), person);
        draft.people_at.insert(entry.key.to_string(), entry.at.clone());
    }
}

/// Checks an id that the policy's author chose; `what` is "the id of a person", for example.
pub(super) fn id_is_fine(id: &str, at: &Range<usize>, what: &str, problems: &mut Problems) -> bool {
    if id.is_empty() {
        return false;
    }
    if id.contains(':') {
        problems.error("id-reserved", at, format!("{what} cannot contain `:`")).hint(
            "ids like `github:ada`, `agent:kiro` and `robot:renovate` are given to those who are not listed here",
        );
        return false;
    }
    if id.contains('*') {
        wildcard(id, at, what, problems);
        return false;
    }
    let strange = |c: char| c.is_whitespace() || matches!(c, ',' | '"' | '\'' | '`' | '<' | '>' | '|' | '/' | '\\');
    if id.len() > 64 || id.starts_with(['-', '.']) || id.contains(strange) {
        problems
            .error("id-invalid", at, format!("`{}` cannot be {what}", shown(id)))
            .hint("use letters, digits, `-`, `_` and `.`, at most 64 bytes");
        return false;
    }
    read::is_visible(id, at, what, problems)
}

/// Refuses a wildcard where a person is named.
pub(super) fn wildcard(text: &str, at: &Range<usize>, what: &str, problems: &mut Problems) {
    problems
        .error("wildcard-identity", at, format!("{what} cannot be a pattern: `{}`", shown(text)))
        .hint("name it exactly; `*` may stand under `agents` and `robots` only")
        .consequence("whoever matches it would be taken for this person");
}

struct Reader<'r> {
    id: &'r str,
    person: Person,
    belongings: Vec<Belonging>,
    problems: &'r mut Problems,
}

impl Reader<'_> {
    fn read(&mut self, node: &Node<'_>) -> Option<()> {
        let fields = read::fields(node, &PERSON, self.problems)?;
        if let Some(name) = fields.value("name").and_then(|node| read::text(node, "a person's name", self.problems)) {
            self.person.name = name.trim().to_owned();
            let key = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            self.belongs(Kind::Name, key, fields.value("name").map_or(0..0, |node| node.span.clone()));
        }
        for item in items(fields.value("emails"), "e-mail addresses", self.problems) {
            self.email(item);
        }
        if let Some(node) = fields.value("accounts") {
            self.accounts(node);
        }
        for item in items(fields.value("keys"), "SSH keys", self.problems) {
            if let Some(key) = keys::read(item, self.problems) {
                self.belongs(Kind::Key, key.fingerprint.clone(), item.span.clone());
                self.person.keys.push(key);
            }
        }
        for item in items(fields.value("passkeys"), "passkeys", self.problems) {
            self.passkey(item);
        }
        Some(())
    }

    fn belongs(&mut self, kind: Kind, key: String, at: Range<usize>) {
        self.belongings.push(Belonging { person: self.id.to_owned(), kind, key, at });
    }

    fn email(&mut self, node: &Node<'_>) {
        let what = "an e-mail address";
        let Some(email) = read::visible(node, what, self.problems) else { return };
        if email.contains('*') {
            return wildcard(email, &node.span, what, self.problems);
        }
        let halves = email.rsplit_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty());
        if halves.is_none() || email.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',')) {
            let message = format!("`{}` is no e-mail address", shown(email));
            self.problems.error("email-invalid", &node.span, message).hint("write `ada@example.com`, without a name");
            return;
        }
        self.belongs(Kind::Email, sameness::email_key(email), node.span.clone());
        if let Some(login) = sameness::github_noreply_login(email) {
            self.belongs(Kind::Account, format!("github:{login}"), node.span.clone());
        }
        self.person.emails.push(email.to_owned());
    }

    fn accounts(&mut self, node: &Node<'_>) {
        let Some(entries) = read::entries(node, "a mapping from providers to accounts", self.problems) else { return };
        for entry in entries {
            if !provider_is_fine(&entry.key, &entry.at, self.problems) {
                continue;
            }
            match &entry.value.value {
                Value::List(logins) => logins.iter().for_each(|login| self.account(&entry.key, login)),
                _ => self.account(&entry.key, &entry.value),
            }
        }
    }

    /// Reads one account: a login, or a login with the provider's number.
    fn account(&mut self, provider: &str, node: &Node<'_>) {
        let (login_node, id) = match &node.value {
            Value::Map(_) => {
                let Some(fields) = read::fields(node, &ACCOUNT, self.problems) else { return };
                let id = fields.value("id");
                let id = id.and_then(|node| read::number(node, "an account's id", (1, u64::MAX), self.problems));
                let Some(login) = fields.value("login") else { return };
                (login, id)
            }
            _ => (node, None),
        };
        let Some(login) = self.login(login_node) else { return };
        if id.is_none() && provider != "plain" && provider != "http" && !matches!(node.value, Value::Map(_)) {
            self.problems
                .warning("account-without-id", &node.span, format!("the {provider} account `{login}` has no id"))
                .hint(format!("write `{provider}: {{ login: {login}, id: … }}`"))
                .consequence("when the account is renamed, whoever takes the old name is taken for this person");
        }
        let account = Account { provider: provider.to_owned(), login };
        self.belongs(Kind::Account, account.folded(), node.span.clone());
        if let Some(id) = id {
            self.belongs(Kind::AccountId, format!("{provider}:{id}"), node.span.clone());
        }
        self.person.accounts.push((account, id));
    }

    fn login(&mut self, node: &Node<'_>) -> Option<String> {
        let what = "a login";
        let login = read::visible(node, what, self.problems)?;
        if login.contains('*') {
            wildcard(login, &node.span, what, self.problems);
            return None;
        }
        if login.contains(|c: char| c.is_whitespace() || matches!(c, ':' | '/')) {
            let message = format!("`{}` is no login", shown(login));
            self.problems.error("account-invalid", &node.span, message).hint("write the login alone: `github: ada`");
            return None;
        }
        Some(login.to_owned())
    }

    fn passkey(&mut self, node: &Node<'_>) {
        let Some(fields) = read::fields(node, &PASSKEY, self.problems) else { return };
        let mut part = |key: &str, what: &str| {
            let node = fields.value(key)?;
            let found = read::visible(node, what, self.problems)?;
            if found.contains('*') {
                wildcard(found, &node.span, what, self.problems);
                return None;
            }
            Some(found.to_owned())
        };
        let id = part("id", "a passkey's id");
        let public_key = part("public-key", "a passkey's public key");
        let rp_id = part("rp-id", "a passkey's relying party");
        let (Some(id), Some(public_key), Some(rp_id)) = (id, public_key, rp_id) else { return };
        self.belongs(Kind::Passkey, id.clone(), fields.value("id").map_or(0..0, |node| node.span.clone()));
        self.person.passkeys.push(Passkey { id, public_key, rp_id });
    }
}

/// Returns the items of a list that may be missing.
fn items<'t, 's>(node: Option<&'t Node<'s>>, what: &str, problems: &mut Problems) -> &'t [Node<'s>] {
    node.and_then(|node| read::list(node, what, problems)).unwrap_or_default()
}

/// Checks the name of a provider of accounts.
pub(super) fn provider_is_fine(name: &str, at: &Range<usize>, problems: &mut Problems) -> bool {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(fine) {
        if !name.is_empty() {
            problems
                .error("account-invalid", at, format!("`{}` is no provider of accounts", shown(name)))
                .hint("write it in lower case: `plain`, `github`, `gitlab`");
        }
        return false;
    }
    if !PROVIDERS.contains(&name)
        && let Some(near) = crate::policy::suggest::nearest(name, PROVIDERS)
    {
        problems
            .warning("provider-unknown", at, format!("no `{name}` is known that has accounts"))
            .label(format!("did you mean `{near}`?"))
            .consequence("accounts of a provider that no server names match nobody");
    }
    true
}

//! Recognizes agents and robots by who they are: account, address, closed patterns of names.
//!
//! Broad, for it marks people's changes as somebody else's too; whoever qualifies for something is
//! matched elsewhere, and exactly.

use super::address::FoldedAddress;
use super::ascii::tokens;
use super::lookup::{ActorKind, ActorMatch, Catalogue, Who, collapse, find};
use super::tables::{EMAILS, NAME_AT, PLACEHOLDERS, SUFFIXES};
use super::unicode::fold;
use super::wildcard;
use crate::model::{Account, Identity};

/// An account's provider where numbers and logins of the catalogue are from.
const GITHUB: &str = "github";

impl Catalogue {
    /// Returns every agent and robot that an identity may be, sorted, each once.
    #[must_use]
    pub fn match_identity(&self, identity: &Identity) -> Vec<ActorMatch> {
        let mut found = Vec::new();
        self.find_person(
            identity.name.as_deref().unwrap_or_default(),
            identity.email.as_deref().unwrap_or_default(),
            &mut found,
        );
        if let Some(account) = &identity.account {
            self.find_account(account, identity.id, &mut found);
        }
        if let Some(key) = &identity.key {
            self.find_key(key, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|who| ActorMatch { kind: who.kind, id: who.id.to_owned() }).collect()
    }

    /// Adds every agent that signs with a key, given by its fingerprint as `ssh-keygen -l` prints it.
    pub fn find_key<'c>(&'c self, fingerprint: &str, found: &mut Vec<Who<'c>>) {
        found.extend(self.agent_of_key(fingerprint));
        let known = self.added.iter().filter(|added| added.keys.iter().any(|key| key == fingerprint));
        found.extend(known.map(|added| Who { kind: added.kind, id: &added.id }));
    }

    /// Adds every agent and robot that a name with an address may be.
    pub fn find_person<'c>(&'c self, name: &str, email: &str, found: &mut Vec<Who<'c>>) {
        let address = FoldedAddress::new(email);
        if let Some(address) = &address {
            self.find_address(address, found);
        }
        if !name.is_empty() {
            self.find_name(name, address.as_ref(), found);
        }
    }

    /// Adds every agent and robot that an address belongs to.
    pub fn find_address<'c>(&'c self, address: &FoldedAddress, found: &mut Vec<Who<'c>>) {
        let whole = format!("{}@{}", address.local, address.domain);
        found.extend(find(EMAILS, &whole));
        for added in &self.added {
            if added.emails.iter().any(|pattern| wildcard::matches(pattern, &whole)) {
                found.push(Who { kind: added.kind, id: &added.id });
            }
        }
        if let Some(noreply) = address.noreply() {
            // The number survives a rename, the login is what people see: either is enough.
            found.extend(noreply.id.and_then(|id| self.github_id(id)));
            // On an enterprise server, people's logins are its own; the apps' are everywhere the same.
            let is_known_there = address.domain == "users.noreply.github.com" || noreply.login.ends_with("[bot]");
            found.extend(self.github_login(noreply.login).filter(|_| is_known_there));
            self.find_added_account(GITHUB, noreply.login, found);
        }
    }

    /// Adds every agent and robot that has an account.
    pub fn find_account<'c>(&'c self, account: &Account, id: Option<u64>, found: &mut Vec<Who<'c>>) {
        let provider = account.provider.to_lowercase();
        let login = account.login.to_lowercase();
        if provider == GITHUB {
            found.extend(id.and_then(|id| self.github_id(id)));
            found.extend(self.github_login(&login));
        }
        self.find_added_account(&provider, &login, found);
    }

    fn find_added_account<'c>(&'c self, provider: &str, login: &str, found: &mut Vec<Who<'c>>) {
        for added in &self.added {
            let is_theirs =
                |(known, pattern): &(String, String)| known == provider && wildcard::matches(pattern, login);
            if added.accounts.iter().any(is_theirs) {
                found.push(Who { kind: added.kind, id: &added.id });
            }
        }
    }

    /// Adds whom a display name gives away: a policy's patterns, an app's login, an agent's name in
    /// brackets behind a person's, an agent's name with an address that belongs to nobody.
    fn find_name<'c>(&'c self, name: &str, address: Option<&FoldedAddress>, found: &mut Vec<Who<'c>>) {
        let owner = address.filter(|address| {
            address.is_placeholder() || NAME_AT.iter().any(|(_, domain, _)| *domain == address.domain)
        });
        // Most names end in a letter; folding them would be most of the work on most commits.
        let may_tell = !name.is_ascii() || name.trim_end().ends_with([')', ']']) || owner.is_some() || self.has_names();
        if !may_tell {
            return;
        }
        let name = collapse(&fold(name));
        for added in &self.added {
            if added.names.iter().any(|pattern| wildcard::matches(pattern, &name)) {
                found.push(Who { kind: added.kind, id: &added.id });
            }
        }
        if name.ends_with("[bot]") {
            found.extend(self.github_login(&name));
        }
        if let Some((_, suffix)) = name.strip_suffix(')').and_then(|inner| inner.rsplit_once('(')) {
            self.find_suffix(suffix, found);
        }
        let Some(address) = owner else { return };
        let spoken = spoken(&name);
        if address.is_placeholder() && is_own_local(address, &spoken) {
            found.extend(find(PLACEHOLDERS, &spoken));
        }
        let at = NAME_AT.iter().find(|(known, domain, _)| *known == spoken && *domain == address.domain);
        found.extend(at.and_then(|(_, _, actor)| super::lookup::built_in(*actor)));
    }

    fn has_names(&self) -> bool {
        self.added.iter().any(|added| !added.names.is_empty())
    }

    /// `Ada Byron (aider)`: the agent committed under the name of the person who runs it.
    fn find_suffix<'c>(&'c self, suffix: &str, found: &mut Vec<Who<'c>>) {
        if let Some(who) = find(SUFFIXES, &spoken(suffix)) {
            found.push(who);
            return;
        }
        let phrase = if is_with(suffix) { self.phrase_within(suffix) } else { self.phrase(suffix) };
        if let Some(phrase) = phrase
            && phrase.is_closed
            && phrase.is_product()
            && (is_with(suffix) || suffix.bytes().any(|byte| byte.is_ascii_digit()))
        {
            found.extend(phrase.agents.into_iter().filter(|who| who.kind == ActorKind::Agent));
        }
    }
}

/// `Ada Byron (via Claude Code)`: nobody's second name begins like that.
fn is_with(suffix: &str) -> bool {
    matches!(tokens(suffix).next(), Some("via" | "with" | "using"))
}

/// A name as words and numbers.
fn spoken(name: &str) -> String {
    tokens(name).collect::<Vec<_>>().join(" ")
}

/// Tells whether the local part repeats a name, or says that nobody reads it.
pub(crate) fn is_own_local(address: &FoldedAddress, spoken: &str) -> bool {
    let local = tokens(&address.local).collect::<Vec<_>>().join(" ");
    let letters = |text: &str| text.split(' ').collect::<String>();
    let is_first_word = || spoken.strip_prefix(&local).is_some_and(|rest| rest.starts_with(' ')) && !local.is_empty();
    address.is_impersonal() || letters(&local) == letters(spoken) || is_first_word()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ActorRule;

    fn ids(catalogue: &Catalogue, name: &str, email: &str) -> Vec<String> {
        let found = catalogue.match_identity(&Identity::from_name_and_email(name, email));
        found
            .into_iter()
            .map(|found| if found.kind == ActorKind::Agent { found.id } else { format!("robot:{}", found.id) })
            .collect()
    }

    #[test]
    fn agents_are_known_by_address_and_account() {
        let catalogue = Catalogue::built_in();
        for (name, email, id) in [
            ("Kiro Agent", "244629292+kiro-agent@users.noreply.github.com", "kiro"),
            ("Ada Byron", "244629292+renamed@users.noreply.github.com", "kiro"),
            ("Ada Byron", "1+kiro-agent@users.noreply.github.com", "kiro"),
            ("amazon-q-developer[bot]", "208079219+amazon-q-developer[bot]@users.noreply.github.com", "amazon-q"),
            ("Claude", "NoReply+x@Anthropic.com", "claude-code"),
            ("Copilot", "223556219+Copilot@users.noreply.github.com", "copilot"),
            ("Ada Byron", "codex@openai.com", "codex"),
            ("Ada Byron (aider)", "ada@example.com", "aider"),
            ("Ada Byron (gemini-2.5-pro)", "ada@example.com", "gemini"),
            ("Ada Byron (via Claude Code)", "ada@example.com", "claude-code"),
            ("Claude", "claude@localhost", "claude-code"),
            ("Amp", "amp@example.com", "amp"),
            ("Codex Agent", "codex-agent@example.com", "codex"),
            ("Roo Code", "someone@roocode.com", "roo"),
            ("devin-ai-integration[bot]", "ci@example.com", "devin"),
            ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com", "robot:dependabot"),
            ("Record change", "41898282+github-actions[bot]@users.noreply.github.com", "robot:github-actions"),
        ] {
            assert_eq!(ids(&catalogue, name, email), [id], "{name} <{email}>");
        }
    }

    #[test]
    fn people_stay_people() {
        let catalogue = Catalogue::built_in();
        for (name, email) in [
            ("Devin Booker", "devin@example.com"),
            ("Jules Verne", "jules@example.com"),
            ("Claude Shannon", "claude@example.com"),
            ("Travis Cline", "travis@cline.bot"),
            ("Benjamin Goose", "b@example.com"),
            ("Cody Smith", "cody@example.com"),
            ("Grace Hopper", "grace@openai.com"),
            ("Grace Hopper", "grace@amazon.com"),
            ("Roomote", "grace@roocode.com"),
            ("Ada Byron", "aider@example.com"),
            ("GitHub", "noreply@github.com"),
            ("Claude Code", "ada@example.com"),
            ("Cursor Agent", "ada@example.com"),
            ("Okiro", "okiro@example.com"),
            ("Ada (Byron)", "ada@example.com"),
            ("unknown[bot]", "7+unknown[bot]@users.noreply.github.com"),
            ("Devin", "devin@example.com"),
            ("Jules", "jules@example.com"),
        ] {
            assert_eq!(ids(&catalogue, name, email), Vec::<String>::new(), "{name} <{email}>");
        }
    }

    #[test]
    fn accounts_are_compared_without_case() {
        let catalogue = Catalogue::built_in();
        let mut identity = Identity::from_account("github:KIRO-Agent[BOT]".parse().unwrap());
        assert_eq!(catalogue.match_identity(&identity).len(), 1);
        identity.account = Some("plain:kiro-agent[bot]".parse().unwrap());
        assert_eq!(catalogue.match_identity(&identity), []);
        identity = Identity::from_account("github:renamed".parse().unwrap());
        identity.id = Some(198_982_749);
        assert_eq!(catalogue.match_identity(&identity), [ActorMatch { kind: ActorKind::Agent, id: "copilot".into() }]);
    }

    #[test]
    fn a_policy_adds_patterns() {
        let rule = ActorRule {
            id: "acme-fixer".into(),
            emails: vec!["*@agents.acme.example".into(), "Fixer+x@acme.example".into()],
            names: vec!["Acme Fixer*".into()],
            trailers: Vec::new(),
            accounts: vec![("github".into(), "acme-fixer[bot]".into()), ("plain".into(), "fixer*".into())],
            keys: vec!["SHA256:fixers".into()],
        };
        let robot = ActorRule {
            id: "acme-release".into(),
            emails: vec!["release-bot@acme.example".into()],
            ..ActorRule::default()
        };
        let catalogue = Catalogue::with_rules(&[rule], &[robot]);
        assert_eq!(ids(&catalogue, "x", "Seven+1@Agents.Acme.Example"), ["acme-fixer"]);
        assert_eq!(ids(&catalogue, "x", "fixer@acme.example"), ["acme-fixer"]);
        assert_eq!(ids(&catalogue, "ACME  fixer 2", "ada@example.com"), ["acme-fixer"]);
        assert_eq!(ids(&catalogue, "x", "7+acme-fixer[bot]@users.noreply.github.com"), ["acme-fixer"]);
        assert_eq!(ids(&catalogue, "x", "release-bot@acme.example"), ["robot:acme-release"]);
        assert_eq!(catalogue.match_identity(&Identity::from_key("SHA256:fixers")).len(), 1);
        assert_eq!(catalogue.match_identity(&Identity::from_key("SHA256:Fixers")), []);
        let clouds = Identity::from_key("SHA256:32dP45eSMmVSt/G/CGvcxl/P+MO3Nwj9xeTh/GSA2wc");
        assert_eq!(catalogue.match_identity(&clouds)[0].id, "claude-code");
        let account = Identity::from_account("plain:Fixer-7".parse().unwrap());
        assert_eq!(catalogue.match_identity(&account).len(), 1);
    }
}

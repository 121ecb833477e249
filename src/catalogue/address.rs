//! E-mail addresses as they are compared when somebody is to be recognized generously.

use super::unicode::{fold, is_invisible};

/// An address in the form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldedAddress {
    /// What stands before the last `@`.
    pub local: String,
    /// What stands behind it.
    pub domain: String,
}

/// An address that GitHub gives to an account: `[id+]login@users.noreply.github.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoReply<'a> {
    /// The account's number.
    pub id: Option<u64>,
    /// Its login, in lower case.
    pub login: &'a str,
}

impl FoldedAddress {
    /// Folds an address: NFKC, lower case, look-alikes of Latin letters as these, without blanks, brackets and invisible characters, and
    /// without everything from the first `+` of the local part. GitHub's no-reply addresses keep
    /// their `+`: what stands before it is an account's number.
    #[must_use]
    pub fn new(address: &str) -> Option<Self> {
        let is_noise = |c: &char| c.is_whitespace() || is_invisible(*c) || matches!(c, '<' | '>');
        let folded: String = if address.is_ascii() {
            address.chars().filter(|c| !is_noise(c)).map(|c| c.to_ascii_lowercase()).collect()
        } else {
            fold(address).chars().filter(|c| !is_noise(c)).collect()
        };
        let (local, domain) = folded.rsplit_once('@')?;
        let domain = domain.trim_end_matches('.');
        let local = if is_noreply(domain) { local } else { local.split_once('+').map_or(local, |(kept, _)| kept) };
        Some(Self { local: local.to_owned(), domain: domain.to_owned() })
    }

    /// Returns the account that the address belongs to, if GitHub (or a GitHub Enterprise server)
    /// gave it. Numbers count only where github.com gave them.
    #[must_use]
    pub fn noreply(&self) -> Option<NoReply<'_>> {
        if !is_noreply(&self.domain) {
            return None;
        }
        let (number, login) = match self.local.split_once('+') {
            Some((number, login)) => (number.parse().ok().filter(|_| is_github_noreply(&self.domain)), login),
            None => (None, self.local.as_str()),
        };
        Some(NoReply { id: number, login })
    }

    /// Tells whether the domain belongs to nobody: it is kept free for examples and tests
    /// (RFC 2606, RFC 6761) or names no host at all.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        let (host, last) = self.domain.rsplit_once('.').unwrap_or(("", &self.domain));
        match last {
            "example" | "test" | "invalid" | "localhost" | "agent" | "" => true,
            // Git makes `user@machine.local` where nothing is set: that is a person's machine.
            "local" | "localdomain" => {
                host == self.local || matches!(host, "" | "noreply" | "agent" | "agents" | "ai" | "bot" | "bots")
            }
            _ => matches!(
                self.domain.as_str(),
                "example.com" | "example.org" | "example.net" | "ai" | "noreply" | "none"
            ),
        }
    }

    /// Tells whether the domain gives addresses to whoever asks, which agents seldom do.
    #[must_use]
    pub fn is_private_mail(&self) -> bool {
        let name = self.domain.split('.').next().unwrap_or_default();
        matches!(
            name,
            "aol"
                | "duck"
                | "fastmail"
                | "free"
                | "gmail"
                | "gmx"
                | "googlemail"
                | "hey"
                | "hotmail"
                | "icloud"
                | "laposte"
                | "libero"
                | "live"
                | "mac"
                | "mail"
                | "mailbox"
                | "me"
                | "msn"
                | "naver"
                | "orange"
                | "outlook"
                | "pm"
                | "posteo"
                | "proton"
                | "protonmail"
                | "qq"
                | "riseup"
                | "tuta"
                | "tutanota"
                | "wanadoo"
                | "web"
                | "yahoo"
                | "yandex"
        ) || matches!(self.domain.as_str(), "126.com" | "163.com" | "foxmail.com" | "t-online.de" | "users.sf.net")
    }

    /// Tells whether the local part says that nobody reads it, or that a program owns it.
    #[must_use]
    pub fn is_impersonal(&self) -> bool {
        matches!(
            self.local.as_str(),
            "noreply" | "no-reply" | "donotreply" | "do-not-reply" | "bot" | "agent" | "ai" | "assistant" | "none"
        )
    }
}

fn is_noreply(domain: &str) -> bool {
    domain.starts_with("users.noreply.")
}

fn is_github_noreply(domain: &str) -> bool {
    domain == "users.noreply.github.com"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(address: &str) -> String {
        let address = FoldedAddress::new(address).unwrap();
        format!("{}@{}", address.local, address.domain)
    }

    #[test]
    fn plus_addresses_and_case_do_not_matter() {
        assert_eq!(folded("Ada+Git@Example.COM"), "ada@example.com");
        assert_eq!(folded("ａｄａ@example.com"), "ada@example.com");
        assert_eq!(folded(" <ada\u{200b}@example.com.> "), "ada@example.com");
        assert_eq!(FoldedAddress::new("no address"), None);
    }

    #[test]
    fn peoples_domains_are_told_from_nobodys() {
        for (address, is_placeholder, is_private) in [
            ("kiro@example.com", true, false),
            ("kiro@localhost", true, false),
            ("kiro@kiro.local", true, false),
            ("kiro@noreply.local", true, false),
            ("kiro@tanakas-macbook.local", false, false),
            ("kiro@gmail.com", false, true),
            ("kiro@yahoo.co.jp", false, true),
            ("kiro@acme.org", false, false),
        ] {
            let address = FoldedAddress::new(address).unwrap();
            assert_eq!(
                (address.is_placeholder(), address.is_private_mail()),
                (is_placeholder, is_private),
                "{address:?}"
            );
        }
    }

    #[test]
    fn a_github_address_names_an_account() {
        let address = FoldedAddress::new("42+Grace[bot]@users.noreply.github.com").unwrap();
        assert_eq!(address.noreply(), Some(NoReply { id: Some(42), login: "grace[bot]" }));
        let address = FoldedAddress::new("grace@users.noreply.github.com").unwrap();
        assert_eq!(address.noreply(), Some(NoReply { id: None, login: "grace" }));
        let address = FoldedAddress::new("42+grace@users.noreply.github.example.com").unwrap();
        assert_eq!(
            address.noreply(),
            Some(NoReply { id: None, login: "grace" }),
            "another server's numbers are others"
        );
        assert_eq!(FoldedAddress::new("grace@example.com").unwrap().noreply(), None);
    }
}

//! When two addresses belong to one person: the broad comparison that disqualifies.
//!
//! The loader refuses policies in which two people share what is compared here, and the decision
//! finds contributors by it. What qualifies a signer is compared exactly, elsewhere.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// The domain of the addresses that GitHub gives to people who hide theirs.
const NOREPLY: &str = "@users.noreply.github.com";

/// Returns an e-mail address as it is compared: NFKC, lower case, without everything from the
/// first `+` of the local part.
#[must_use]
pub fn email_key(email: &str) -> String {
    let lower = normalized(email).to_lowercase();
    match lower.rsplit_once('@') {
        Some((local, domain)) => {
            let kept = local.split_once('+').map_or(local, |(before, _)| before);
            format!("{kept}@{domain}")
        }
        None => lower,
    }
}

/// Returns the GitHub login, in lower case, of an address `[ID+]LOGIN@users.noreply.github.com`.
#[must_use]
pub fn github_noreply_login(email: &str) -> Option<String> {
    let normal = normalized(email).to_lowercase();
    let local = normal.strip_suffix(NOREPLY)?;
    let login = match local.split_once('+') {
        Some((id, login)) if id.bytes().all(|byte| byte.is_ascii_digit()) => login,
        _ => local,
    };
    (!login.is_empty()).then(|| login.to_owned())
}

/// Returns a text in the form NFKC, which ASCII has as it is.
fn normalized(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_reach_one_mailbox_are_one() {
        for email in ["Ada@Example.com", "ada+work@example.com", "ada+a+b@EXAMPLE.COM", "ａｄａ＋x@example.com"] {
            assert_eq!(email_key(email), "ada@example.com", "{email}");
        }
        assert_ne!(email_key("ada@example.com"), email_key("ada@example.org"));
        assert_eq!(email_key("no-at"), "no-at");
    }

    #[test]
    fn hidden_github_addresses_name_their_account() {
        assert_eq!(github_noreply_login("42+Grace@users.noreply.github.com").as_deref(), Some("grace"));
        assert_eq!(github_noreply_login("grace@users.noreply.github.com").as_deref(), Some("grace"));
        assert_eq!(github_noreply_login("grace@example.com"), None);
        assert_eq!(github_noreply_login("@users.noreply.github.com"), None);
    }
}

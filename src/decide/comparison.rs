//! When two texts name the same person: broad foldings for disqualifying matches only.
//!
//! Nothing here may be used to let somebody sign: that is matched exactly.

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

/// The host of the addresses that GitHub gives to people who hide theirs.
const GITHUB_NOREPLY: &str = "@users.noreply.github.com";

/// Folds an e-mail address: NFKC, lower case, and without everything from the first `+` of the
/// local part, since `ada+ci@` reaches the same person as `ada@`.
pub(super) fn fold_email(email: &str) -> String {
    let folded = lower_nfkc(email.trim());
    match folded.rsplit_once('@') {
        Some((local, host)) => match local.split_once('+') {
            Some((before, _)) => format!("{before}@{host}"),
            None => folded,
        },
        None => folded,
    }
}

/// Returns the login in a GitHub `[id+]login@users.noreply.github.com` address, in lower case.
pub(super) fn github_noreply_login(email: &str) -> Option<String> {
    let folded = lower_nfkc(email.trim());
    let local = folded.strip_suffix(GITHUB_NOREPLY)?;
    let login = local.split_once('+').map_or(local, |(_, login)| login);
    (!login.is_empty()).then(|| login.to_owned())
}

/// Folds a full name: NFKC, case folding, the look-alike skeleton of UTS #39 and single spaces.
/// Empty when nothing comparable is left.
pub(super) fn fold_name(name: &str) -> String {
    let nfkc: String = name.nfkc().collect();
    let folded = unicase::UniCase::unicode(nfkc.as_str()).to_folded_case();
    let bones: String = skeleton(&folded).collect();
    bones.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns NFKC in lower case, borrowing nothing; ASCII takes the short way.
fn lower_nfkc(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.nfkc().collect::<String>().to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_mailbox_fold_together() {
        for email in ["Ada@Example.com", "ada+ci@example.com", "ADA+a+b@EXAMPLE.COM", "ａda@example.com"] {
            assert_eq!(fold_email(email), "ada@example.com");
        }
        assert_ne!(fold_email("ad.a@example.com"), "ada@example.com");
        assert_eq!(fold_email("no-at-sign+x"), "no-at-sign+x");
    }

    #[test]
    fn noreply_addresses_name_a_login() {
        assert_eq!(github_noreply_login("42+Grace@users.noreply.github.com").as_deref(), Some("grace"));
        assert_eq!(github_noreply_login("grace@users.noreply.github.com").as_deref(), Some("grace"));
        assert_eq!(github_noreply_login("42+@users.noreply.github.com"), None);
        assert_eq!(github_noreply_login("grace@example.com"), None);
    }

    #[test]
    fn look_alike_names_fold_together() {
        let grace = fold_name("Grace Hopper");
        for name in ["GRACE  hopper", " Grace\tHopper ", "Grаce Hopper", "Ｇrace Hopper"] {
            assert_eq!(fold_name(name), grace, "{name}");
        }
        assert_ne!(fold_name("Grace Harper"), grace);
        assert_eq!(fold_name("  "), "");
    }
}

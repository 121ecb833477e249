//! Whom a policy's pattern for an agent or robot would hit besides: the same rules as for the
//! catalogue itself, where they stop the build.

use super::ascii::fold_key;
use super::everyday::{is_everyday_name, is_mail_provider};
use super::tables::{EMAILS, KEYS};
use super::unicode::fold;

/// Says whom a pattern of addresses hits besides its agent; `None` where it seems to hit nobody.
#[must_use]
pub fn address_hits(pattern: &str) -> Option<String> {
    let folded = fold(pattern);
    if folded == "noreply@github.com" {
        return Some("GitHub commits every merge on its pages under this address".to_owned());
    }
    let (local, domain) = folded.rsplit_once('@')?;
    if local.is_empty() || !local.chars().all(|c| c == '*') {
        return None;
    }
    if is_mail_provider(domain) {
        return Some(format!("anybody may have an address at {domain}"));
    }
    let is_vendors =
        EMAILS.iter().any(|(address, _)| address.rsplit_once('@').is_some_and(|(_, known)| known == domain));
    is_vendors.then(|| format!("people work at {domain}, too"))
}

/// Says whom a pattern of display names hits besides its agent.
#[must_use]
pub fn name_hits(pattern: &str) -> Option<String> {
    let folded = fold(pattern);
    let name = folded.trim_matches('*').trim();
    is_everyday_name(name).then(|| format!("people are called `{name}`, or say it every day"))
}

/// Says whom a key of trailers hits besides its agent.
#[must_use]
pub fn trailer_hits(key: &str) -> Option<String> {
    let folded = fold_key(&fold(key));
    let is_open = KEYS.binary_search_by(|(known, ..)| (*known).cmp(folded.as_str())).is_ok();
    is_open.then(|| "anyone may write this trailer".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_hit_people_are_known() {
        for pattern in
            ["*@gmail.com", "*@Anthropic.com", "**@openai.com", "*@users.noreply.github.com", "noreply@github.com"]
        {
            assert!(address_hits(pattern).is_some(), "{pattern}");
        }
        for pattern in ["*@agents.acme.example", "fixer*@anthropic.com", "bot@gmail.com", "*", "no address"] {
            assert_eq!(address_hits(pattern), None, "{pattern}");
        }
        for pattern in ["Claude", "Devin*", "*jules", "Cursor"] {
            assert!(name_hits(pattern).is_some(), "{pattern}");
        }
        for pattern in ["Acme Fixer*", "Claude Code", "*"] {
            assert_eq!(name_hits(pattern), None, "{pattern}");
        }
        assert!(trailer_hits("Signed-off-by").is_some() && trailer_hits("co-authored-by").is_some());
        assert_eq!(trailer_hits("Acme-Fixer-Session"), None);
    }
}

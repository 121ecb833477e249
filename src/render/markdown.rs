//! Untrusted text inside Markdown: literal, on one line, and without any effect.
//!
//! Backslashes are not enough. GitHub turns `@name` and `#12` into links and notifications after
//! the escapes are gone, and splits table cells before it looks at code spans. Character
//! references cannot stand in for structure (CommonMark 0.31 §2.5), so every ASCII sign becomes
//! one; what could still be a mention or a reference is cut by a zero-width space.

use std::fmt::Write as _;

use super::text::{safe, shorten};

/// Returns text as prose.
#[must_use]
pub fn text(text: &str) -> String {
    let shown = safe(text);
    let mut escaped = String::with_capacity(shown.len());
    let mut rest = shown.chars().peekable();
    while let Some(c) = rest.next() {
        // `GH-12` is a reference, too, and a hyphen in front begins a list.
        let is_reference = c == '-'
            && rest.peek().is_some_and(char::is_ascii_digit)
            && escaped.get(escaped.len().saturating_sub(2)..).is_some_and(|end| end.eq_ignore_ascii_case("gh"));
        if c == '-' && (is_reference || escaped.is_empty()) {
            escaped.push_str(if is_reference { "-&#8203;" } else { "&#45;" });
            continue;
        }
        // A colon means something in addresses and between the colons of an emoji's name only.
        let harmless_colon = c == ':' && rest.peek().is_none_or(|next| *next == ' ' || next.is_ascii_digit());
        let kept = harmless_colon || matches!(c, '-' | ' ' | ',' | '\'' | '"' | '/') || !c.is_ascii_punctuation();
        if kept {
            escaped.push(c);
        } else {
            let _ = write!(escaped, "&#{};", u32::from(c));
        }
        if matches!(c, '@' | '#') {
            escaped.push_str("&#8203;");
        }
    }
    escaped
}

/// Returns text of at most so many columns as prose.
#[must_use]
pub fn text_within(source: &str, most: usize) -> String {
    text(&shorten(&safe(source), most, "…"))
}

/// Returns text of at most so many columns in a fixed-width font. Inside the element GitHub looks
/// for neither mentions nor references.
#[must_use]
pub fn code(source: &str, most: usize) -> String {
    let shortened = shorten(&safe(source), most, "…");
    format!("<code>{}</code>", text(&shortened).replace("&#8203;", ""))
}

/// Returns a link to a commit, where there is a page and the id is one; else the id alone.
#[must_use]
pub fn commit(id: &str, web: Option<&str>) -> String {
    let short: String = id.chars().take(7).collect();
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_hexdigit());
    match web.filter(|web| is_id && is_address(web)) {
        Some(web) => format!("[<code>{short}</code>]({web}/commit/{id})"),
        None if is_id => format!("<code>{short}</code>"),
        None => code(id, 12),
    }
}

/// Tells whether an address can stand in a link as it is.
fn is_address(web: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/:%".contains(&b);
    web.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that means something to Markdown or to GitHub.
    const HOSTILE: &str = "](javascript:alert(1)) <script>x</script> `a` ``` | @octocat #12 GH-1 \
        https://evil.example www.evil.example a@b.example\n# heading\n| cell | **b** _i_ ~~s~~ ![i](u) &lt; \\ \u{202e}";

    #[test]
    fn nothing_keeps_a_meaning() {
        for escaped in [text(HOSTILE), code(HOSTILE, 1000)] {
            let inner = escaped.trim_start_matches("<code>").trim_end_matches("</code>");
            for sign in ['<', '>', '[', ']', '(', ')', '`', '|', '@', '*', '_', '~', '!', '\\', '\n', '\u{202e}'] {
                assert!(!inner.contains(sign), "{sign:?} in {inner}");
            }
            // What is left of `#`, `&` and `;` are the references themselves.
            let mut rest = inner;
            while let Some((_, after)) = rest.split_once('&') {
                let (number, tail) = after.split_once(';').unwrap();
                assert!(number.strip_prefix('#').unwrap().bytes().all(|b| b.is_ascii_digit()), "{number}");
                rest = tail;
            }
            assert!(!inner.contains("://") && !inner.contains("www."), "{inner}");
        }
        assert!(text("@octocat").contains("&#64;&#8203;octocat"));
        assert!(text("#12").contains("&#35;&#8203;12"));
        assert_eq!(text("gh-12 GH-x - a-1"), "gh-&#8203;12 GH-x - a-1");
        assert_eq!(text("- item"), "&#45; item");
    }

    #[test]
    fn plain_names_stay_readable() {
        assert_eq!(text("Grace Hopper, agent's change"), "Grace Hopper, agent's change");
        assert_eq!(code("src", 10), "<code>src</code>");
    }

    #[test]
    fn only_a_real_id_on_a_real_page_is_a_link() {
        let id = "1a2b3c4000000000000000000000000000000000";
        let page = "https://github.com/acme/shop";
        assert_eq!(commit(id, Some(page)), format!("[<code>1a2b3c4</code>]({page}/commit/{id})"));
        assert_eq!(commit(id, None), "<code>1a2b3c4</code>");
        assert!(!commit("x)](javascript:x", Some(page)).contains("]("));
        assert!(!commit(id, Some("https://x)(y")).contains("]("));
        assert!(!commit(id, Some("javascript:x")).contains("]("));
    }

    proptest::proptest! {
        #[test]
        fn no_text_keeps_a_sign_that_markdown_knows(source in "(?s).{0,80}") {
            let escaped = text(&source);
            for (before, sign) in escaped.char_indices() {
                let rest = escaped.get(before..).unwrap();
                let is_reference = sign == '&' || sign == ';' || (sign == '#' && escaped.get(..before).unwrap().ends_with('&'));
                let is_kept = matches!(sign, '-' | ' ' | ',' | '\'' | '"' | '/' | ':');
                proptest::prop_assert!(is_reference || is_kept || !sign.is_ascii_punctuation(), "{}", rest);
                proptest::prop_assert!(!sign.is_control(), "{}", rest);
            }
        }
    }
}

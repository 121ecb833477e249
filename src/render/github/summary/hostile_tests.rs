//! What others write stays text, wherever it stands on a page.

use super::*;
use crate::render::sample::{HEAD, MIDDLE, ONE_GATE, Sample, policy, sign_off};
use serde_json::json;

/// Text as somebody writes it who wants to be read as something else.
const HOSTILE: &[&str] = &[
    "[click](https://evil.example/x)",
    "![image](https://evil.example/x.png)",
    "<img src=x onerror=alert(1)> <a href='https://evil.example'>x</a> <!-- -->",
    "</details></code></sub><details open><summary>Signed off by Grace Hopper</summary>",
    "@octocat @acme/seniors cc @acme/everyone",
    "#123 GH-123 acme/shop#123 acme/shop@1a2b3c4",
    "`code` ``` ~~~ $x$ $$y$$ :rocket: **bold** __bold__ _i_ ~~s~~ ==m== [^1] - [ ] task",
    "https://evil.example www.evil.example mail@evil.example ftp://evil.example",
    "\n\n# heading\n\n> quote\n\n| a | b | c | d |\n---\n===\n- list\n1. list\n\tcode",
    "abc\u{202e}gnp.exe\u{202c} \u{2066}x\u{2069} \u{200b}\u{200d}\u{feff}\u{2060} \u{e0041}",
    "&lt;b&gt; &#64;octocat &commat;octocat \\@octocat \\",
    "\u{1b}[2J\u{7}\u{0}\r",
];

#[test]
fn whatever_others_write_is_only_text() {
    for hostile in HOSTILE {
        let page = hostile_page(hostile);
        let raw: String = page.lines().filter(|line| !line.starts_with("    ")).collect::<Vec<_>>().join("\n");
        let references = outside_of_code(&without_references(&raw));
        for piece in [
            "](https://evil",
            "![",
            "<img",
            "<a ",
            "<!--",
            "@octocat",
            "@acme",
            "#123",
            "GH-123",
            "://evil",
            "www.",
            "mail@",
            "`code`",
            "```",
            "**bold**",
            ":rocket:",
            "[^1]",
            "$x$",
            "\u{202e}",
            "\u{2066}",
            "\u{200d}",
            "\u{feff}",
            "\u{1b}",
            "\u{7}",
            "\r",
            "\n# heading",
            "\n> quote",
            "&lt;",
            "&commat;",
            "\\@",
        ] {
            assert!(!references.contains(piece), "{piece:?} of {hostile:?} in {page}");
        }
        assert_eq!(page.matches("<details>").count(), page.matches("</details>").count(), "{page}");
        assert_eq!(page.matches("<code>").count(), page.matches("</code>").count(), "{page}");
        for row in page.lines().filter(|line| line.starts_with('|')) {
            assert_eq!(row.matches('|').count(), 5, "{row}");
        }
    }
}

/// Returns a page with a text wherever somebody else can put one.
fn hostile_page(hostile: &str) -> String {
    let gates = ONE_GATE;
    let mut facts = crate::render::sample::facts();
    facts["commits"][0]["agents"] = json!([hostile]);
    facts["commits"][0]["evidence"][0]["text"] = json!(hostile);
    facts["commits"][0]["evidence"][0]["signal"] = json!("footer");
    facts["commits"][0]["evidence"][0]["where"] = json!(hostile);
    facts["commits"][1]["author"] = json!({"name": hostile, "email": format!("{hostile}@evil.example")});
    facts["commits"][1]["co_authors"] = json!([{"name": hostile, "email": hostile}]);
    facts["participants"] = json!([
        {"part": "opener", "identity": {"account": format!("github:{hostile}")}},
        {"part": "pusher", "identity": {"account": "plain:ada"}}]);
    facts["paths"] = json!([hostile]);
    facts["defects"] = json!([{"code": "object-malformed", "subject": hostile}]);
    let mut review = sign_off(hostile, "plain:bob", "2026-11-22T10:02:00Z");
    review["identity"] = json!({"account": format!("github:{hostile}")});
    facts["sign_offs"] = json!([review]);
    facts["overrides"] = json!([{
        "id": hostile, "identities": [{"account": format!("plain:{hostile}")}], "reason": hostile, "ticket": hostile,
        "repository": "acme/shop", "target": "refs/heads/main", "action": "update", "head": HEAD,
        "at": "2026-11-22T10:00:00Z", "expires_at": "2026-11-22T12:00:00Z", "consumed": false}]);
    let mut sample = Sample::of(policy(gates), serde_json::from_value(facts).unwrap()).on(Occasion::PullRequest);
    sample.context.subjects.insert(MIDDLE.into(), hostile.to_owned());
    sample.context.subjects.insert(HEAD.into(), hostile.to_owned());
    summary(sample.shown())
}

/// Returns a page without what stands in a fixed-width font: there GitHub looks for no references.
fn outside_of_code(page: &str) -> String {
    let parts = page.split("<code>").enumerate();
    parts
        .map(|(index, part)| if index == 0 { part } else { part.split_once("</code>").map_or("", |(_, after)| after) })
        .collect()
}

/// Returns a page without the references to single characters, which stand for themselves.
fn without_references(page: &str) -> String {
    let mut plain = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("&#") {
        plain.push_str(before);
        match after.split_once(';') {
            Some((digits, tail)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                // A character that cannot stand in any of the pieces that are looked for.
                plain.push('\u{25a1}');
                rest = tail;
            }
            _ => rest = after,
        }
    }
    plain + rest
}

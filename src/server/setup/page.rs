//! The pages: plain HTML without scripts, of which every text from elsewhere is escaped. Pure.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Made;
use super::plan::Plan;
use crate::adapters::github::grants::{EVENTS, PERMISSIONS};

/// Small, readable in both light and dark, and without anything from elsewhere.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;margin:1rem 0}\
caption{text-align:left;font-weight:bold}\
th,td{text-align:left;padding:.2rem 1rem .2rem 0;border-bottom:1px solid;vertical-align:top}\
code{overflow-wrap:anywhere}\
button{font:inherit;padding:.5rem 1rem;cursor:pointer}\
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid;padding:.5rem}";

/// Returns the policy of the pages: nothing but their own style, and forms to one place at most.
pub(super) fn content_security_policy(forms_to: Option<&str>) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let forms = forms_to.unwrap_or("'none'");
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Returns the page that asks GitHub for the App.
pub(super) fn begin(plan: &Plan, manifest: &Value, state: &str) -> String {
    let owner = plan.owner.as_deref().unwrap_or("your own account");
    let mut rows = String::new();
    for one in PERMISSIONS {
        let name = one.name.replace('_', " ");
        let _ = write!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
            escape(&name),
            one.access.as_str(),
            escape(&one.purpose.replace('`', ""))
        );
    }
    let events: Vec<String> = EVENTS.iter().map(|event| event.replace('_', " ")).collect();
    let action = format!("{}?state={state}", plan.form_address());
    let body = format!(
        "<p>GitHub will make an App named <strong>{name}</strong> for <strong>{owner}</strong> at {web}, show it to \
        you first, and lead you back here. Be signed in there in this browser.</p>\
        <p>Webhooks go to <code>{hook}</code>. The App's key and the webhook's secret are written to <code>{folder}</code> \
        on the machine where this runs, readable for you alone.</p>\
        <form action=\"{action}\" method=\"post\"><input type=\"hidden\" name=\"manifest\" value=\"{manifest}\">\
        <button type=\"submit\">Make the App on GitHub</button></form>\
        <table><caption>What the App may do</caption><thead><tr><th scope=\"col\">permission</th>\
        <th scope=\"col\">access</th><th scope=\"col\">for</th></tr></thead><tbody>{rows}</tbody></table>\
        <p>It hears of: {events}.</p>",
        name = escape(&plan.name),
        owner = escape(owner),
        web = escape(&plan.options.hosts.web),
        hook = escape(&format!("{}/webhooks/github", plan.public_url)),
        folder = escape(&plan.folder.display().to_string()),
        action = escape(&action),
        manifest = escape(&manifest.to_string()),
        events = escape(&events.join(", ")),
    );
    whole("Set up countersign", &body)
}

/// Returns the page that says what to do next.
pub(super) fn finished(made: &Made) -> String {
    let mut body = format!(
        "<p>The App is there, with the number {}. Its secrets are written; this page does not show them.</p><ol>\
        <li><a href=\"{}\" rel=\"noreferrer\">Install it</a> on the repositories that it is to judge.</li>",
        made.id,
        escape(&made.install_page)
    );
    for command in &made.commands {
        let _ = write!(body, "<li>Run<pre><code>{}</code></pre></li>", escape(command));
    }
    body.push_str("</ol><p>You can close this page.</p>");
    whole("The App is made", &body)
}

/// Returns the page that says why it did not work.
pub(super) fn failed(why: &str, advice: &str) -> String {
    let body = format!("<p role=\"alert\">{}</p><p>{}</p>", escape(why), escape(advice));
    whole("That did not work", &body)
}

fn whole(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
        <style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>\n"
    )
}

/// Returns text as it stands between tags and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Direction marks and the like would show another text than there is.
            c if crate::model::is_hidden(c) => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_elsewhere_is_markup() {
        let hostile = "\"><script>alert('x')</script>&\u{202e}";
        let made =
            Made { id: 1, install_page: hostile.to_owned(), files: Vec::new(), commands: vec![hostile.to_owned()] };
        for page in [finished(&made), failed(hostile, hostile)] {
            assert!(!page.contains("<script") && !page.contains('\u{202e}'), "{page}");
            assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{page}");
        }
    }

    #[test]
    fn the_policy_lets_in_this_style_alone() {
        let policy = content_security_policy(None);
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("form-action 'none'"));
        assert!(content_security_policy(Some("https://github.com")).contains("form-action https://github.com;"));
    }
}

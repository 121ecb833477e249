//! One agent in full: every sign with its source and the month in which it was last seen.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::catalogue::entry::Entry;
use crate::catalogue::signs::{Sign, SignKind};
use crate::catalogue::{ActorRule, RELEASE};
use crate::render::columns::Columns;
use crate::render::page::{Look, Page, Words};
use crate::render::text::safe;

/// The most columns of a sign's text.
const SIGN: usize = 100;

/// Returns everything that is known of an entry.
#[must_use]
pub fn show(entry: &Entry, is_agent: bool, color: bool) -> String {
    let what = if is_agent { "AI agent" } else { "robot: automation that is no AI" };
    let vendor = entry.vendor.as_deref().map(|vendor| format!(", {vendor}")).unwrap_or_default();
    let mut text = format!("{} ({}): {what}{vendor}\n", safe(&entry.name), safe(&entry.id));
    if let Some(remark) = &entry.remark {
        let look = Look { color, ..Look::default() };
        let mut page = Page::new(&look);
        page.paragraph(2, 0, &Words::of(remark));
        text.push('\n');
        text.push_str(&page.finish());
    }
    let signs = entry.signs();
    for kind in SignKind::ALL {
        let of_kind: Vec<&Sign> = signs.iter().filter(|sign| sign.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let _ = write!(text, "\n{}\n", kind.heading());
        let mut table = Columns::new(&[("", SIGN), ("", 10), ("", 7)]).indented(2);
        for sign in of_kind {
            table.row(vec![whole(sign).into(), sign.source.word().into(), sign.seen.as_str().into()]);
        }
        text.push_str(&table.render(color));
    }
    let _ = write!(text, "\ncatalogue of {RELEASE}; the month is when a sign was last seen\n");
    let mut sources: Vec<_> = signs.iter().map(|sign| sign.source).collect();
    sources.sort_by_key(|source| source.word());
    sources.dedup();
    for source in sources {
        let _ = writeln!(text, "  {:10}  {}", source.word(), source.words());
    }
    text
}

fn whole(sign: &Sign) -> String {
    sign.detail.as_ref().map_or_else(|| sign.text.clone(), |detail| format!("{} ({detail})", sign.text))
}

/// Returns the same for programs.
#[must_use]
pub fn show_json(entry: &Entry, is_agent: bool) -> Value {
    let kind = if is_agent { "agent" } else { "robot" };
    json!({
        "id": entry.id, "name": entry.name, "vendor": entry.vendor, "remark": entry.remark, "kind": kind,
        "release": RELEASE, "signs": entry.signs(),
    })
}

/// Returns everything that a policy says of an agent or robot of its own.
#[must_use]
pub fn show_rule(rule: &ActorRule, is_agent: bool) -> String {
    let what = if is_agent { "AI agent" } else { "robot: automation that is no AI" };
    let mut text = format!("{} ({}): {what}, added by the policy\n", safe(&rule.id), safe(&rule.id));
    let accounts: Vec<String> = rule.accounts.iter().map(|(provider, login)| format!("{provider}:{login}")).collect();
    let lists = [
        ("accounts", &accounts),
        ("addresses", &rule.emails),
        ("keys that sign its commits", &rule.keys),
        ("names", &rule.names),
        ("trailers", &rule.trailers),
    ];
    for (heading, patterns) in lists.into_iter().filter(|(_, patterns)| !patterns.is_empty()) {
        let _ = write!(text, "\n{heading}\n");
        for pattern in patterns {
            let _ = writeln!(text, "  {}", safe(pattern));
        }
    }
    text.push_str("\n`*` stands for anything; case does not matter\n");
    text
}

/// Returns the same for programs.
#[must_use]
pub fn show_rule_json(rule: &ActorRule, is_agent: bool) -> Value {
    let kind = if is_agent { "agent" } else { "robot" };
    let accounts: Vec<String> = rule.accounts.iter().map(|(provider, login)| format!("{provider}:{login}")).collect();
    json!({
        "id": rule.id, "kind": kind, "added": "policy", "emails": rule.emails, "names": rule.names,
        "trailers": rule.trailers, "accounts": accounts, "keys": rule.keys,
    })
}

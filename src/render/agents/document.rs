//! The whole catalogue as one Markdown document: `docs/agents.md`.

use std::fmt::Write as _;

use super::list::Listed;
use crate::catalogue::RELEASE;
use crate::catalogue::entry::{Document, Entry, Source};
use crate::catalogue::signs::{SignKind, Tier};

/// What stands above the table.
const INTRODUCTION: &str = "\
# Agents that countersign knows

Who is an AI agent, and what each of them leaves behind in a commit. `countersign agents show ID` prints the
same on a terminal, `countersign agents test MESSAGE` says what a message shows and why, and
`countersign agents schema` prints the JSON Schema of the catalogue.

<!-- Made from src/catalogue/agents.yaml: change that, then run
     UPDATE_DOCS=1 cargo test --test agents -->

How a sign counts stands in [detection.md](detection.md). In short: accounts, addresses, signing keys and a few
closed patterns of names say *who* somebody is; names and lines in a message are what a commit *says*; both
decide. Names of branches are hints. Variables of a shell are read on a developer's machine alone, by
`countersign hook prepare-commit-msg`. No rule is a domain or a display name alone: people who build an agent work
at its domain, and people are called Devin, Jules and Claude.

A policy adds agents of its own under `agents`; see [policy.md](policy.md).

";

/// Returns the document.
#[must_use]
pub fn document(catalogue: &Document) -> String {
    let mut text = INTRODUCTION.to_owned();
    let _ = writeln!(text, "Catalogue of {RELEASE}. Each sign says where it comes from and when it was last seen:\n");
    let sources = [Source::Commits, Source::Package, Source::Docs, Source::List, Source::Convention, Source::Memory];
    for source in sources {
        let _ = writeln!(text, "- *{}*: {}", source.word(), source.words());
    }
    text.push_str(
        "\n## All of them\n\n| id | name | vendor | who | says | hint | shell |\n|---|---|---|--:|--:|--:|--:|\n",
    );
    for entry in &catalogue.agents {
        row(&mut text, &entry.value);
    }
    for entry in &catalogue.agents {
        section(&mut text, &entry.value);
    }
    text.push_str("\n## Robots\n\nAutomation that is no AI. A robot as author excuses no agent as co-author.\n\n| id | name | accounts and addresses |\n|---|---|---|\n");
    for entry in &catalogue.robots {
        let signs = entry.value.signs();
        let who: Vec<String> =
            signs.iter().filter(|sign| sign.kind.tier() == Tier::Who).map(|sign| code(&sign.text)).collect();
        let _ = writeln!(text, "| `{}` | {} | {} |", entry.value.id, cell(&entry.value.name), who.join(", "));
    }
    text
}

fn row(text: &mut String, entry: &Entry) {
    let listed = Listed::of(entry, true);
    let count = |tier: Tier| -> usize {
        listed.signs.iter().filter(|(kind, _)| kind.tier() == tier).map(|(_, count)| count).sum()
    };
    let [who, says, hint, shell] = [Tier::Who, Tier::Says, Tier::Hint, Tier::Shell].map(count);
    let (id, name, vendor) = (&entry.id, cell(&entry.name), cell(&listed.vendor));
    let _ = writeln!(text, "| [`{id}`](#{id}) | {name} | {vendor} | {who} | {says} | {hint} | {shell} |");
}

fn section(text: &mut String, entry: &Entry) {
    let _ = write!(text, "\n## {}\n\n{}", entry.id, cell(&entry.name));
    if let Some(vendor) = &entry.vendor {
        let _ = write!(text, ", {}", cell(vendor));
    }
    text.push_str(".\n");
    if let Some(remark) = &entry.remark {
        let _ = writeln!(text, "{}", cell(remark));
    }
    let signs = entry.signs();
    for kind in SignKind::ALL {
        let of_kind: Vec<_> = signs.iter().filter(|sign| sign.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let _ = write!(text, "\n- {}\n", kind.heading());
        for sign in of_kind {
            let detail = sign.detail.as_ref().map(|detail| format!(", {}", cell(detail))).unwrap_or_default();
            let _ = writeln!(text, "  - {}{detail} ({}, {})", code(&sign.text), sign.source.word(), sign.seen);
        }
    }
}

/// Returns text as code; a backtick in it needs a longer fence (CommonMark 0.31, section 6.1).
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*")
}

//! All agents in a table: who they are, and how many signs of which tier are known.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::catalogue::entry::Entry;
use crate::catalogue::signs::{SignKind, Tier};
use crate::catalogue::{ActorRule, RELEASE};
use crate::render::columns::{Cell, Columns};
use crate::render::text::counted;

/// What the columns of numbers mean.
const LEGEND: [&str; 4] = [
    "  who    accounts, addresses, signing keys, closed patterns of names: they decide",
    "  says   names and lines by which a commit declares an agent: they decide",
    "  hint   beginnings of branch names: they accuse nobody",
    "  shell  variables, read by `hook prepare-commit-msg` on a developer's machine",
];

/// An agent or robot in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Who makes it.
    pub vendor: String,
    /// Whether it is an AI agent.
    pub is_agent: bool,
    /// How many signs of each kind are known.
    pub signs: BTreeMap<SignKind, usize>,
}

impl Listed {
    /// Returns the row of an entry of the catalogue.
    #[must_use]
    pub fn of(entry: &Entry, is_agent: bool) -> Self {
        let mut signs = BTreeMap::new();
        for sign in entry.signs() {
            *signs.entry(sign.kind).or_default() += 1;
        }
        let vendor = entry.vendor.clone().unwrap_or_default();
        Self { id: entry.id.clone(), name: entry.name.clone(), vendor, is_agent, signs }
    }

    /// Returns the row of an agent or robot that a policy adds.
    #[must_use]
    pub fn of_rule(rule: &ActorRule, is_agent: bool) -> Self {
        let counts = [
            (SignKind::Address, rule.emails.len()),
            (SignKind::Account, rule.accounts.len()),
            (SignKind::SigningKey, rule.keys.len()),
            (SignKind::NameAt, rule.names.len()),
            (SignKind::Trailer, rule.trailers.len()),
        ];
        let signs = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        Self { id: rule.id.clone(), name: rule.id.clone(), vendor: "(the policy)".to_owned(), is_agent, signs }
    }

    fn count(&self, tier: Tier) -> usize {
        self.signs.iter().filter(|(kind, _)| kind.tier() == tier).map(|(_, count)| count).sum()
    }
}

/// Returns the table, and below it what it means.
#[must_use]
pub fn list(rows: &[Listed], color: bool) -> String {
    let head = [("id", 18), ("name", 26), ("vendor", 22), ("who", 5), ("says", 5), ("hint", 5), ("shell", 5)];
    let mut table = Columns::new(&head);
    for row in rows {
        let number = |tier| match row.count(tier) {
            0 => Cell::number("-"),
            count => Cell::number(count),
        };
        table.row(vec![
            row.id.as_str().into(),
            row.name.as_str().into(),
            row.vendor.as_str().into(),
            number(Tier::Who),
            number(Tier::Says),
            number(Tier::Hint),
            number(Tier::Shell),
        ]);
    }
    let mut text = table.render(color);
    let agents = rows.iter().filter(|row| row.is_agent).count();
    let robots = rows.len() - agents;
    let also = if robots == 0 { String::new() } else { format!(" and {}", counted(robots, "robot")) };
    let _ = writeln!(text, "\n{}{also}; catalogue of {RELEASE}", counted(agents, "agent"));
    for line in LEGEND {
        let _ = writeln!(text, "{line}");
    }
    text.push_str("next: countersign agents show kiro\n");
    text
}

/// Returns the same for programs.
#[must_use]
pub fn list_json(rows: &[Listed]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let kind = if row.is_agent { "agent" } else { "robot" };
            json!({ "id": row.id, "name": row.name, "vendor": row.vendor, "kind": kind, "signs": row.signs })
        })
        .collect();
    json!({ "release": RELEASE, "agents": rows })
}

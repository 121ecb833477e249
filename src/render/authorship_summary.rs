//! How much of a history agents wrote: by month, with the agents by name.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::authorship_list::{actor_name, authorship_word};
use super::columns::{Cell, Columns};
use crate::model::Authorship;

/// Everything that is counted of a month.
#[derive(Debug, Clone, Default)]
struct Counts {
    authorship: BTreeMap<Authorship, usize>,
    agents: BTreeMap<String, usize>,
}

/// Counts by month.
#[derive(Debug, Clone, Default)]
pub struct AuthorshipSummary {
    months: BTreeMap<String, Counts>,
    total: Counts,
}

impl AuthorshipSummary {
    /// Counts one commit.
    pub fn count(&mut self, month: String, authorship: Authorship, agents: &[String]) {
        let month = self.months.entry(month).or_default();
        for counts in [month, &mut self.total] {
            *counts.authorship.entry(authorship).or_default() += 1;
            for agent in agents {
                *counts.agents.entry(agent.clone()).or_default() += 1;
            }
        }
    }

    /// Returns the table, newest month last and the total below.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let head = [
            ("month", 7),
            ("commits", 9),
            ("agent", 9),
            ("assisted", 9),
            ("robot", 9),
            ("unmarked", 9),
            ("unclear", 9),
            ("agents and robots", 64),
        ];
        let mut list = Columns::new(&head);
        for (month, counts) in &self.months {
            list.row(cells(month, counts));
        }
        if self.months.len() != 1 {
            list.row(cells("all", &self.total));
        }
        list.render(color)
    }

    /// Returns the counts as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let months: Vec<Value> = self
            .months
            .iter()
            .map(|(month, counts)| json!({ "month": month, "authorship": authorship(counts), "agents": counts.agents }))
            .collect();
        json!({
            "months": months,
            "total": { "authorship": authorship(&self.total), "agents": self.total.agents },
        })
    }
}

const ALL: [Authorship; 5] =
    [Authorship::Agent, Authorship::Assisted, Authorship::Robot, Authorship::Unmarked, Authorship::Undetermined];

fn of(counts: &Counts, authorship: Authorship) -> usize {
    counts.authorship.get(&authorship).copied().unwrap_or(0)
}

fn authorship(counts: &Counts) -> BTreeMap<&'static str, usize> {
    ALL.iter().map(|one| (authorship_word(*one), of(counts, *one))).collect()
}

fn cells(month: &str, counts: &Counts) -> Vec<Cell> {
    let mut cells = vec![Cell::from(month), Cell::number(counts.authorship.values().sum::<usize>())];
    cells.extend(ALL.iter().map(|one| Cell::number(of(counts, *one))));
    let mut agents: Vec<(&String, &usize)> = counts.agents.iter().collect();
    agents.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let agents: Vec<String> =
        agents.into_iter().map(|(agent, count)| format!("{} {count}", actor_name(agent))).collect();
    cells.push(agents.join(", ").into());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_add_up() {
        let mut summary = AuthorshipSummary::default();
        let agents = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        summary.count("2026-10".to_owned(), Authorship::Unmarked, &[]);
        summary.count("2026-11".to_owned(), Authorship::Agent, &agents(&["kiro", "claude-code"]));
        summary.count("2026-11".to_owned(), Authorship::Assisted, &agents(&["kiro"]));
        insta::assert_snapshot!(summary.render(false), @"
        month    commits  agent  assisted  robot  unmarked  unclear  agents and robots
        2026-10        1      0         0      0         1        0
        2026-11        2      1         1      0         0        0  Kiro 2, Claude Code 1
        all            3      1         1      0         1        0  Kiro 2, Claude Code 1
        ");
        let json = summary.to_json();
        assert_eq!(json["total"]["agents"], json!({ "claude-code": 1, "kiro": 2 }));
        assert_eq!(json["months"][1]["authorship"]["assisted"], 1);
        assert_eq!(json["total"]["authorship"]["undetermined"], 0);
    }
}

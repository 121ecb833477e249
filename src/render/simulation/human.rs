//! A simulation as tables on a terminal.

use super::{Counts, Fate, NO_AGENT, Simulation};
use crate::render::authorship_list::actor_name;
use crate::render::columns::{Cell, Columns};
use crate::render::style::Tone;
use crate::render::text::{counted, safe, shorten};

/// The most people, strangers and changes that are shown; JSON has the rest.
const ROWS: usize = 12;

impl Simulation {
    /// Returns the tables, ready for a terminal.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let mut text = self.heading();
        if self.total.changes == 0 {
            return text + "\nno change landed in this time: name an earlier one with `--since`\n";
        }
        text.push_str(&self.summary(color));
        self.months(&mut text, color);
        self.agents(&mut text, color);
        self.people(&mut text, color);
        self.refusals(&mut text, color);
        text
    }

    fn heading(&self) -> String {
        let changes = match self.total.changes {
            1 => "1 change".to_owned(),
            many => format!("{many} changes"),
        };
        let when = match (self.first, self.last) {
            (Some(first), Some(last)) => {
                format!(", {} to {}", first.strftime("%Y-%m-%d"), last.strftime("%Y-%m-%d"))
            }
            _ => String::new(),
        };
        let of = match self.pushes {
            _ if self.total.changes == 0 => String::new(),
            0 => " (steps of its history; who pushed is a guess)".to_owned(),
            all if all == self.total.changes => " (pushes in the ledger)".to_owned(),
            some => format!(" ({some} of them pushes in the ledger)"),
        };
        let mut text =
            format!("{}: {changes}{when}\nunder {}{of}\n", safe(&self.subject.target), safe(&self.subject.policy_name));
        if !self.subject.is_gated {
            text.push_str("careful: no gate of this policy names that ref\n");
        }
        text
    }

    fn summary(&self, color: bool) -> String {
        let mut list = Columns::new(&[("", 9), ("", 10), ("", 6), ("", 60)]).indented(2);
        let total = &self.total;
        let asks = match total.sign_offs {
            1 => "for 1 sign-off".to_owned(),
            many => format!("for {many} sign-offs in all"),
        };
        let rows = [
            ("passes", Tone::Permitted, total.passes, "nobody is asked, or whoever is has signed".to_owned()),
            ("waits", Tone::Waiting, total.waits, asks),
            ("refused", Tone::Refused, total.refused, "sign-offs alone would not have helped".to_owned()),
        ];
        for (word, tone, number, says) in rows {
            let says = if number == 0 { String::new() } else { says };
            list.row(vec![
                Cell::toned(word, tone),
                Cell::number(number),
                Cell::number(format!("{} %", percent(number, total.changes))),
                says.into(),
            ]);
        }
        format!("\n{}", list.render(color))
    }

    fn months(&self, text: &mut String, color: bool) {
        let rows = self.months.iter().map(|(month, counts)| (month.clone(), counts));
        text.push_str(&table("month", rows, color));
    }

    fn agents(&self, text: &mut String, color: bool) {
        let name = |id: &str| if id == NO_AGENT { "no sign of one".to_owned() } else { actor_name(id).to_owned() };
        let rows = self.agents.iter().map(|(agent, counts)| (name(agent), counts));
        text.push_str(&table("agent", rows, color));
    }

    fn people(&self, text: &mut String, color: bool) {
        if self.asked.is_empty() && self.asked_of_teams == 0 {
            return;
        }
        let mut list = Columns::new(&[("who is asked", 32), ("as", 30), ("asked", 9), ("could", 9), ("alone", 9)]);
        for (id, asked) in self.by_load().into_iter().take(ROWS) {
            let (name, roles) = self.person(id);
            let name = if name.is_empty() { id } else { name };
            let roles = if roles.is_empty() { "member".to_owned() } else { roles.join(", ") };
            list.row(vec![
                name.into(),
                roles.into(),
                Cell::number(asked.asked),
                Cell::number(asked.could),
                Cell::number(asked.alone),
            ]);
        }
        text.push('\n');
        text.push_str(&list.render(color));
        more(self.asked.len(), text);
        if self.asked_of_teams > 0 {
            let asks = counted(usize::try_from(self.asked_of_teams).unwrap_or(usize::MAX), "sign-off");
            text.push_str(&format!("and {asks} of team members, whom nobody looked up\n"));
        }
        text.push_str("asked: when asks are shared evenly; alone: nobody else could have signed\n");
    }

    fn refusals(&self, text: &mut String, color: bool) {
        if self.codes.is_empty() {
            return;
        }
        let mut list = Columns::new(&[("refused for", 32), ("changes", 9)]);
        for (code, changes) in &self.codes {
            list.row(vec![(*code).into(), Cell::number(changes)]);
        }
        text.push('\n');
        text.push_str(&list.render(color));
        if !self.strangers.is_empty() {
            let mut strangers: Vec<_> = self.strangers.iter().collect();
            strangers.sort_by(|(a, one), (b, other)| (other, a).cmp(&(one, b)));
            let mut list = Columns::new(&[("unknown to the policy", 60), ("changes", 9)]);
            for (who, changes) in strangers.iter().take(ROWS) {
                list.row(vec![who.strip_prefix("unknown:").unwrap_or(who).into(), Cell::number(changes)]);
            }
            text.push('\n');
            text.push_str(&list.render(color));
            more(strangers.len(), text);
        }
        let refused: Vec<String> = self
            .stopped
            .iter()
            .filter(|change| change.fate == Fate::Refused)
            .map(|change| format!("{} {}", shorten(&safe(&change.head), 12, ""), change.codes.join(", ")))
            .collect();
        text.push_str("\nthe first of them\n");
        refused.iter().take(3).for_each(|line| text.push_str(&format!("  {line}\n")));
        text.push_str("why: countersign explain CODE; all of them: --format json\n");
    }
}

/// Returns one table of counts.
fn table<'a>(what: &str, rows: impl Iterator<Item = (String, &'a Counts)>, color: bool) -> String {
    let head = [(what, 24), ("changes", 9), ("passes", 9), ("waits", 9), ("refused", 9), ("sign-offs", 10)];
    let mut list = Columns::new(&head);
    for (name, counts) in rows {
        let numbers = [counts.changes, counts.passes, counts.waits, counts.refused, counts.sign_offs];
        let cells = numbers.map(Cell::number);
        list.row(std::iter::once(name.into()).chain(cells).collect());
    }
    format!("\n{}", list.render(color))
}

fn more(all: usize, text: &mut String) {
    if all > ROWS {
        text.push_str(&format!("… and {} more: --format json\n", all - ROWS));
    }
}

/// Returns a part of a whole in percent, rounded; anything but nothing is at least 1.
fn percent(part: u64, whole: u64) -> u64 {
    let rounded = (part.saturating_mul(200) / whole.max(1)).div_ceil(2).min(100);
    match (part, whole) {
        (0, _) => 0,
        (part, whole) if part < whole => rounded.clamp(1, 99),
        _ => 100,
    }
}

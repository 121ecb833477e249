//! What a ledger comes to, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ledger::{table, text};
use crate::audit::summary::Summary;
use crate::model::terminal_safe;

/// How many pairs and people are shown; a machine gets all.
const MOST: usize = 20;

/// Returns a summary as a page.
#[must_use]
pub fn summary_page(summary: &Summary, is_sound: bool, width: Option<u16>) -> String {
    let day = |at: Option<jiff::Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.strftime("%F").to_string());
    let (first, last) = (day(summary.first), day(summary.last));
    let sound =
        if is_sound { "the ledger is sound" } else { "the ledger is NOT SOUND: see `countersign audit verify`" };
    let mut page = format!("{} entries, {first} to {last}; {sound}\n", summary.entries);
    page.push_str(&arrivals(summary, width));
    let _ = writeln!(page, "\nrefused           {}{}", summary.refused, by_count(&summary.refused_for));
    let exceptions: u64 = summary.exceptions.values().sum();
    let _ = writeln!(page, "without a permit  {exceptions}{}", by_count(&summary.exceptions));
    page.push_str(&overrides(summary));
    page.push_str(&people(summary, width));
    page.push_str(&pairs(summary, width));
    page
}

fn arrivals(summary: &Summary, width: Option<u16>) -> String {
    let mut rows = table(width, &["arrived", "landed", "deployed"]);
    let (landed, deployed) = (summary.landed, summary.deployed);
    for (under, one, other) in [
        ("nothing asked", landed.nothing_asked, deployed.nothing_asked),
        ("signed off", landed.signed_off, deployed.signed_off),
        ("overridden", landed.overridden, deployed.overridden),
    ] {
        rows.add_row(vec![under.to_owned(), one.to_string(), other.to_string()]);
    }
    format!("\n{}", text(&rows))
}

/// Returns what was counted by a code, the most frequent first.
fn by_count(codes: &BTreeMap<String, u64>) -> String {
    let mut codes: Vec<(&String, &u64)> = codes.iter().collect();
    codes.sort_by(|one, other| other.1.cmp(one.1));
    let codes: Vec<String> = codes.iter().map(|(code, count)| format!("{} {count}", terminal_safe(code))).collect();
    if codes.is_empty() { String::new() } else { format!(": {}", codes.join(", ")) }
}

fn overrides(summary: &Summary) -> String {
    let overrides = &summary.overrides;
    let mut page = format!(
        "overrides used    {}: justified {}, not justified {}, not reviewed {}\n",
        overrides.used,
        overrides.justified,
        overrides.not_justified,
        overrides.waiting.len()
    );
    for (entry, people) in overrides.waiting.iter().take(MOST) {
        let _ = writeln!(page, "  not reviewed    #{entry}, by {}", terminal_safe(&people.join(", ")));
    }
    page
}

fn people(summary: &Summary, width: Option<u16>) -> String {
    if summary.people.is_empty() {
        return String::new();
    }
    let mut rows = table(width, &["who", "pushed or deployed", "signed off", "overrode", "reviewed"]);
    let mut people: Vec<_> = summary.people.iter().collect();
    people.sort_by_key(|(_, deeds)| std::cmp::Reverse(deeds.signed_off + deeds.overrode + deeds.pushed));
    for (who, deeds) in people.iter().take(MOST) {
        let counts = [deeds.pushed, deeds.signed_off, deeds.overrode, deeds.reviewed].map(|count| count.to_string());
        rows.add_row([vec![terminal_safe(who)], counts.to_vec()].concat());
    }
    format!("\n{}{}", text(&rows), more(people.len()))
}

fn pairs(summary: &Summary, width: Option<u16>) -> String {
    if summary.pairs.is_empty() {
        return String::new();
    }
    let mut rows = table(width, &["who signs", "for whom", "how often"]);
    for pair in summary.pairs.iter().take(MOST) {
        rows.add_row(vec![terminal_safe(&pair.by), terminal_safe(&pair.of), pair.times.to_string()]);
    }
    format!("\n{}{}", text(&rows), more(summary.pairs.len()))
}

fn more(found: usize) -> String {
    match found.checked_sub(MOST) {
        None | Some(0) => String::new(),
        Some(more) => format!("and {more} more: add `--format json`\n"),
    }
}

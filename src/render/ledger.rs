//! The ledger for people: lists, single entries, what verifying found, and reviews that are due.
//!
//! Everything that came from outside is escaped for a terminal. Nothing here reads the ledger.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use jiff::{SignedDuration, Timestamp};

use crate::audit::answer::{Complete, Numbered, OverrideUse};
use crate::audit::event::{Change, Event, Grant, RecordKind, ReviewOutcome};
use crate::audit::verify::{Problem, Report};
use crate::model::{Digest, Oid, terminal_safe};

/// How many digits of an object or record id are shown in tables.
const SHORT: usize = 7;

/// Returns a table without lines, as wide as the terminal or as its content where there is none.
pub(super) fn table(width: Option<u16>, header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(header.to_vec());
    if let Some(width) = width {
        table.set_width(width);
    }
    table
}

/// Returns the text of a table, without spaces at the ends of lines.
pub(super) fn text(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// Returns a list of entries as a table: number, time (UTC), what happened, where, and the rest.
#[must_use]
pub fn entries_table(entries: &[Numbered], width: Option<u16>) -> String {
    let mut table = table(width, &["#", "when (UTC)", "what", "repository", "about"]);
    for Numbered { number, entry, .. } in entries {
        table.add_row(vec![
            number.to_string(),
            entry.at.strftime("%F %T").to_string(),
            entry.event.kind().as_str().to_owned(),
            terminal_safe(entry.event.repository()),
            terminal_safe(&about(&entry.event)),
        ]);
    }
    text(&table)
}

/// Returns one entry with all that is kept aside of it.
#[must_use]
pub fn entry_page(complete: &Complete) -> String {
    let Numbered { number, hash, entry } = &complete.entry;
    let mut page = format!("entry {number}, {}, {}\nleaf hash {hash}\n\n", entry.event.kind().as_str(), entry.at);
    let json = serde_json::to_string_pretty(entry).unwrap_or_default();
    for line in json.lines() {
        let _ = writeln!(page, "  {}", terminal_safe(line));
    }
    for (part, bytes) in &complete.asides {
        let _ = writeln!(page, "\nkept aside: {}, {} bytes, {}", part.as_str(), bytes.len(), Digest::of(bytes));
    }
    page
}

/// Says in a few words what an entry is about.
fn about(event: &Event) -> String {
    match event {
        Event::Adopted(adopted) => format!("{} refs found, at {}", adopted.baseline.count, adopted.identity),
        Event::Refused(refused) => format!("{} [{}]", moved(&refused.change), refused.codes.join("] [")),
        Event::Permitted(permitted) => match &permitted.r#override {
            Some(grant) => format!("{}, OVERRIDDEN {}", moved(&permitted.change), granted(grant)),
            None => moved(&permitted.change),
        },
        Event::Landed(landed) => {
            format!("{} is {}, permit #{}", landed.target, tip(landed.new.as_ref()), landed.permit)
        }
        Event::NotLanded(gone) => format!("permit #{} led to nothing", gone.permit),
        Event::RecordSeen(seen) => {
            format!("{} {} of {} for {}", record(seen.record), short(&seen.id), seen.head.short(SHORT), seen.target)
        }
        Event::OverrideUsed(used) => {
            let grant = Grant { id: used.id.clone(), people: used.people.clone() };
            format!("{}, permit #{}", granted(&grant), used.permit)
        }
        Event::Reviewed(reviewed) => {
            let outcome = match reviewed.outcome {
                ReviewOutcome::Justified => "justified",
                ReviewOutcome::NotJustified => "NOT justified",
            };
            format!("override {} was {outcome}, says {}", short(&reviewed.id), reviewed.reviewer)
        }
        Event::PolicySeen(seen) => format!("serial {} at {}", seen.serial, seen.source),
        Event::Deployed(deployed) => {
            format!("{} to {}, permit #{}", deployed.commit.short(SHORT), deployed.environment, deployed.permit)
        }
        Event::Exception(exception) => format!("[{}] {}", exception.code, exception.subject),
        Event::Uninstalled(_) => String::new(),
    }
}

/// Says where a change wanted to go.
fn moved(change: &Change) -> String {
    let from = tip(change.old.as_ref().or(change.from.as_ref()));
    let to = match change.target.as_ref_name() {
        Some(_) => tip(change.new.as_ref()),
        None => change.head.short(SHORT),
    };
    format!("{} {} {from}..{to}", change.action, change.target)
}

/// Returns a tip in short, or that there is none.
fn tip(tip: Option<&Oid>) -> String {
    tip.map_or_else(|| "nothing".to_owned(), |tip| tip.short(SHORT))
}

/// Returns a record's id in short.
fn short(id: &str) -> String {
    id.chars().take(SHORT).collect()
}

/// Returns who gave which override.
fn granted(grant: &Grant) -> String {
    format!("override {} by {}", short(&grant.id), grant.people.join(", "))
}

/// Returns what a record is.
fn record(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Approve => "approve",
        RecordKind::Reject => "reject",
        RecordKind::Revoke => "revoke",
        RecordKind::Override => "override",
    }
}

/// Returns what verifying came to, the problems first.
#[must_use]
pub fn report_page(report: &Report) -> String {
    let mut page = String::new();
    for problem in &report.problems {
        let _ = writeln!(page, "  PROBLEM  {}", terminal_safe(&problem_text(problem)));
    }
    if !report.problems.is_empty() {
        page.push('\n');
    }
    let verdict = if report.is_sound() { "sound" } else { "NOT SOUND" };
    let _ = writeln!(page, "{verdict}: {} entries, root {}", report.size, report.root.to_base64());
    let plural = if report.checkpoints == 1 { "" } else { "s" };
    let _ = writeln!(page, "it continues {} signed checkpoint{plural}", report.checkpoints);
    page
}

/// Says what is wrong, in words.
#[must_use]
pub fn problem_text(problem: &Problem) -> String {
    match problem {
        Problem::Missing { entry } => format!("entry {entry} is missing; nothing after it was checked"),
        Problem::Unreadable { entry, why } => format!("entry {entry} cannot be read: {why}"),
        Problem::Altered { entry } => format!("entry {entry} was changed after it was recorded"),
        Problem::Nodes { entry } => format!("the tree nodes kept with entry {entry} were changed"),
        Problem::Seals { entry } => format!("entry {entry} does not name the root over the index up to it"),
        Problem::Pages => "the seals over the index are not those that the entries ask for".to_owned(),
        Problem::Link { entry } => format!("entry {entry} does not name the last override before it"),
        Problem::Contradiction { entry, why } => format!("entry {entry} contradicts the ones before it: {why}"),
        Problem::Head => "the head row is not that of the entries".to_owned(),
        Problem::Surplus { rows, table } => format!("{rows} rows among the {table} belong to nothing"),
        Problem::Aside { entry, part } => format!("the {part} kept aside of entry {entry} is missing or was changed"),
        Problem::Index { entry } => format!("the index does not have what entry {entry} asks for"),
        Problem::Truncated { signed } => {
            format!(
                "{signed} entries were signed for, and there are fewer: the end was cut off, or an old copy restored"
            )
        }
        Problem::Rewritten { signed } => {
            format!("the first {signed} entries are not those that were signed for: history was rewritten")
        }
        Problem::Checkpoint { why } => format!("a checkpoint could not be used: {why}"),
        Problem::Database { why } => format!("the database is damaged: {why}"),
    }
}

/// Returns the uses of overrides that wait for a review as a table; what is late says so.
#[must_use]
pub fn reviews_table(uses: &[OverrideUse], now: Timestamp, within: SignedDuration, width: Option<u16>) -> String {
    let mut table = table(width, &["override", "used (UTC)", "by", "#", "review"]);
    for used in uses {
        let due = used.at.checked_add(within).unwrap_or(Timestamp::MAX);
        let state = if now > due { "OVERDUE since" } else { "due by" };
        table.add_row(vec![
            short(&terminal_safe(&used.id)),
            used.at.strftime("%F %T").to_string(),
            terminal_safe(&used.people.join(", ")),
            used.entry.to_string(),
            format!("{state} {}", due.strftime("%F %T")),
        ]);
    }
    text(&table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::entry::Entry;
    use crate::audit::event::{Exception, Landed, Observed, PolicySeen};
    use crate::audit::merkle::leaf_hash;
    use crate::audit::store::Part;
    use crate::model::Target;

    fn oid(byte: u8) -> Oid {
        Oid::from_bytes(&[byte; 20]).unwrap()
    }

    fn entries() -> Vec<Numbered> {
        let repository = || "acme/shop".to_owned();
        let events = [
            Event::PolicySeen(PolicySeen {
                digest: Digest::of(b"x").to_string(),
                repository: repository(),
                serial: 3,
                source: "refs/heads/main:policy.yaml".to_owned(),
            }),
            Event::Landed(Landed {
                new: Some(oid(0x1a)),
                observed: Observed::PostReceive,
                old: None,
                permit: 4,
                repository: repository(),
                target: Target::Ref("refs/heads/main".to_owned()),
            }),
            Event::Exception(Exception {
                code: "landed-without-permit".to_owned(),
                new: None,
                old: None,
                repository: repository(),
                subject: "refs/heads/\u{1b}[31mred".to_owned(),
            }),
        ];
        let at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let numbered = |(number, event)| {
            let entry = Entry { at, event, index: None, link: None };
            Numbered { number, hash: leaf_hash(&entry.to_bytes().unwrap()), entry }
        };
        (4..).zip(events).map(numbered).collect()
    }

    #[test]
    fn a_list_is_aligned_and_safe() {
        insta::assert_snapshot!(entries_table(&entries(), None), @r"
        #  when (UTC)           what         repository  about
        4  2026-11-22 10:00:00  policy-seen  acme/shop   serial 3 at refs/heads/main:policy.yaml
        5  2026-11-22 10:00:00  landed       acme/shop   refs/heads/main is 1a1a1a1, permit #4
        6  2026-11-22 10:00:00  exception    acme/shop   [landed-without-permit] refs/heads/\u{1b}[31mred
        ");
        assert!(!entries_table(&entries(), Some(60)).contains('\u{1b}'));
        assert!(entries_table(&entries(), Some(60)).lines().all(|line| line.chars().count() <= 60));
    }

    #[test]
    fn a_page_shows_all_of_an_entry() {
        let entry = entries().remove(0);
        let page = entry_page(&Complete { entry, asides: vec![(Part::Verdict, b"{}".to_vec())] });
        insta::assert_snapshot!(page, @r#"
        entry 4, policy-seen, 2026-11-22T10:00:00Z
        leaf hash eb8881284ec5cb948d41543a93e4793f0f21470a735d69eb7e4493996c789fd0

          {
            "at": "2026-11-22T10:00:00Z",
            "kind": "policy-seen",
            "statement": {
              "digest": "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
              "repository": "acme/shop",
              "serial": 3,
              "source": "refs/heads/main:policy.yaml"
            },
            "v": 1
          }

        kept aside: verdict, 2 bytes, sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
        "#);
    }

    #[test]
    fn problems_are_said_in_words() {
        let problems = vec![Problem::Altered { entry: 7 }, Problem::Truncated { signed: 12 }];
        let report = Report { checkpoints: 1, problems, root: leaf_hash(b"x"), size: 9 };
        insta::assert_snapshot!(report_page(&report), @"
          PROBLEM  entry 7 was changed after it was recorded
          PROBLEM  12 entries were signed for, and there are fewer: the end was cut off, or an old copy restored

        NOT SOUND: 9 entries, root PH6byTDck/AfppmF7yQtn56GHzxTVaokzl70tLinDMs=
        it continues 1 signed checkpoint
        ");
    }

    #[test]
    fn late_reviews_say_so() {
        let at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let used = |id: &str, hours| OverrideUse {
            id: id.to_owned(),
            repository: "acme/shop".to_owned(),
            people: vec!["dana".to_owned()],
            at: at - SignedDuration::from_hours(hours),
            entry: 9,
        };
        let uses = [used("5d0c5d0c5d0c", 49), used("6e1d6e1d6e1d", 1)];
        insta::assert_snapshot!(reviews_table(&uses, at, SignedDuration::from_hours(48), None), @"
        override  used (UTC)           by    #  review
        5d0c5d0   2026-11-20 09:00:00  dana  9  OVERDUE since 2026-11-22 09:00:00
        6e1d6e1   2026-11-22 09:00:00  dana  9  due by 2026-11-24 09:00:00
        ");
    }
}

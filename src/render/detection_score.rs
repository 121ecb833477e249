//! How well labels were met, as tables for a terminal and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::authorship_list::{actor_name, authorship_word};
use super::columns::{Cell, Columns};
use super::text::{counted, safe};
use crate::detect::score::{Answers, Baseline, Confusion, Label, Score, Share};
use crate::model::Authorship;

const READINGS: [Authorship; 5] =
    [Authorship::Agent, Authorship::Assisted, Authorship::Robot, Authorship::Unmarked, Authorship::Undetermined];
/// What the numbers in brackets are.
const INTERVALS: &str = "95 % confidence, Wilson's interval";

/// Returns the tables; with the commits that were read otherwise one by one where `lists_misses`.
#[must_use]
pub fn render(score: &Score, lists_misses: bool, color: bool) -> String {
    let mut text = format!(
        "{}; {} contested, in no share; {} not read\n\n",
        counted(sum(&score.counts), "commit"),
        sum(&score.contested),
        counted(score.unreadable, "line"),
    );
    text.push_str(&shares(score).render(color));
    for (title, counts) in [("labeled, read as", &score.counts), ("contested, read as", &score.contested)] {
        if !counts.is_empty() {
            text.push('\n');
            text.push_str(&confusion(title, counts).render(color));
        }
    }
    if !score.agents.is_empty() {
        text.push('\n');
        text.push_str(&agents(score).render(color));
    }
    if !score.baselines.is_empty() {
        text.push('\n');
        text.push_str(&rules(score).render(color));
    }
    misses(&mut text, score, lists_misses);
    let _ = writeln!(text, "\nin brackets: {INTERVALS}");
    text
}

fn shares(score: &Score) -> Columns {
    let mut list = columns("");
    list.row(row("agent or not", score.agent_or_not()));
    for reading in READINGS.iter().filter(|reading| **reading != Authorship::Undetermined) {
        list.row(row(authorship_word(*reading), score.of(*reading)));
    }
    for label in Label::ALL {
        list.row(vec![format!("labeled {}", label.as_str()).into(), "".into(), shown(score.recall_of(label)).into()]);
    }
    list.row(vec!["all: agent, assisted, neither".into(), "".into(), shown(score.three_way()).into()]);
    list.row(vec!["all, robots told apart".into(), "".into(), shown(score.four_way()).into()]);
    list
}

fn agents(score: &Score) -> Columns {
    let mut list = columns("agent");
    for (id, answers) in &score.agents {
        list.row(row(actor_name(id), *answers));
    }
    list
}

fn rules(score: &Score) -> Columns {
    let mut list = columns("agent or not, by rule");
    list.row(row("countersign", score.agent_or_not()));
    for (rule, answers) in &score.baselines {
        list.row(row(rule.describe(), *answers));
    }
    list
}

fn columns(title: &str) -> Columns {
    Columns::new(&[(title, 32), ("precision", 34), ("recall", 34)])
}

fn row(title: &str, answers: Answers) -> Vec<Cell> {
    vec![title.into(), shown(answers.precision).into(), shown(answers.recall).into()]
}

/// `0.994 [0.967, 0.999] 169/170`
fn shown(share: Share) -> String {
    match (share.value(), share.interval()) {
        (Some(value), Some((least, most))) => {
            format!("{value:.3} [{least:.3}, {most:.3}] {}/{}", share.met, share.of)
        }
        _ => "-".to_owned(),
    }
}

fn confusion(title: &str, counts: &Confusion) -> Columns {
    let mut head = vec![(title, 24)];
    head.extend(READINGS.iter().map(|reading| (authorship_word(*reading), 12)));
    let mut list = Columns::new(&head);
    for label in Label::ALL {
        let of = |reading: &Authorship| counts.get(&(label, *reading)).copied().unwrap_or(0);
        if READINGS.iter().any(|reading| of(reading) > 0) {
            let mut cells = vec![Cell::from(label.as_str())];
            cells.extend(READINGS.iter().map(|reading| Cell::number(of(reading))));
            list.row(cells);
        }
    }
    list
}

fn sum(counts: &Confusion) -> usize {
    counts.values().sum()
}

fn misses(text: &mut String, score: &Score, are_listed: bool) {
    let all = score.four_way().of - score.four_way().met;
    if all == 0 {
        return;
    }
    let _ = if are_listed {
        write!(text, "\nread otherwise than labeled: {all}\n")
    } else {
        write!(text, "\nread otherwise than labeled: {all}; -v lists them\n")
    };
    for miss in score.missed.iter().filter(|_| are_listed) {
        let _ = write!(text, "  {}: {} read as {}", safe(&miss.id), miss.label.as_str(), authorship_word(miss.read));
        if let Some(sign) = &miss.evidence {
            let _ = write!(text, " for {} at {}: {}", safe(&sign.agent), safe(&sign.r#where), safe(&sign.text));
        }
        text.push('\n');
    }
    if are_listed && all > score.missed.len() {
        let _ = writeln!(text, "  and {} more", all - score.missed.len());
    }
}

/// Returns all that was counted as JSON. A share of nothing is null.
#[must_use]
pub fn to_json(score: &Score) -> Value {
    let answers = score.agent_or_not();
    let by_reading = |reading: &Authorship| (authorship_word(*reading).to_owned(), answers_json(&score.of(*reading)));
    let by_label = |label: Label| (label.as_str().to_owned(), share_json(score.recall_of(label)));
    let missed = score.missed.iter().map(|miss| {
        json!({
            "id": miss.id, "label": miss.label.as_str(), "expected": miss.label.expected(), "read": miss.read,
            "evidence": miss.evidence,
        })
    });
    json!({
        "commits": sum(&score.counts),
        "contested": sum(&score.contested),
        "unreadable": score.unreadable,
        "precision": answers.precision.value(),
        "recall": answers.recall.value(),
        "three_way": score.three_way().value(),
        "four_way": score.four_way().value(),
        "intervals": INTERVALS,
        "agent_or_not": answers_json(&answers),
        "accuracy": { "three_way": share_json(score.three_way()), "four_way": share_json(score.four_way()) },
        "readings": READINGS.iter().map(by_reading).collect::<serde_json::Map<_, _>>(),
        "labels": Label::ALL.into_iter().map(by_label).collect::<serde_json::Map<_, _>>(),
        "agents": score.agents.iter().map(|(id, answers)| (id.clone(), answers_json(answers)))
            .collect::<serde_json::Map<_, _>>(),
        "baselines": score.baselines.iter().map(|(rule, answers)| baseline_json(*rule, answers)).collect::<Vec<_>>(),
        "confusion": confusion_json(&score.counts),
        "contested_confusion": confusion_json(&score.contested),
        "missed": missed.collect::<Vec<_>>(),
    })
}

fn answers_json(answers: &Answers) -> Value {
    json!({ "precision": share_json(answers.precision), "recall": share_json(answers.recall) })
}

fn share_json(share: Share) -> Value {
    let interval = share.interval().map(|(least, most)| [least, most]);
    json!({ "value": share.value(), "interval": interval, "met": share.met, "of": share.of })
}

fn baseline_json(rule: Baseline, answers: &Answers) -> Value {
    let mut value = answers_json(answers);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("rule".to_owned(), json!(rule.describe()));
    }
    value
}

fn confusion_json(counts: &Confusion) -> Vec<Value> {
    counts
        .iter()
        .map(|((label, read), count)| json!({ "label": label.as_str(), "read": read, "commits": count }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn scored() -> Score {
        let person = r#"{"name":"Ada Byron","email":"ada@example.com"}"#;
        let line = |id: u8, message: &str, label: &str| {
            format!(r#"{{"id":"c{id}","author":{person},"committer":{person},"message":"{message}",{label}}}"#)
        };
        let mut score = Score::default();
        for line in [
            line(1, "Fix\\n\\nCo-authored-by: Kiro <kiro@amazon.com>", r#""label":"agent-coauthored","agent":"Kiro""#),
            line(2, "Fix\\n\\nAssisted-by: Claude Code", r#""label":"agent-assisted","agent":"Claude Code""#),
            line(3, "Fix", r#""label":"agent-assisted","agent":"Claude Code""#),
            line(4, "Fix the cursor", r#""label":"human""#),
            line(5, "Fix\\n\\nMade-with: Cursor", r#""label":"human""#),
            line(6, "Fix", r#""label":"agent-assisted","contested":true"#),
            "nonsense".to_owned(),
        ] {
            score.add(&Catalogue::built_in(), &line);
        }
        score
    }

    #[test]
    fn tables_say_what_was_met_and_how_sure_that_is() {
        insta::assert_snapshot!(render(&scored(), true, false), @"
        5 commits; 1 contested, in no share; 1 line not read

                                       precision                 recall
        agent or not                   0.667 [0.208, 0.939] 2/3  0.667 [0.208, 0.939] 2/3
        agent                          1.000 [0.207, 1.000] 1/1  1.000 [0.207, 1.000] 1/1
        assisted                       0.500 [0.095, 0.905] 1/2  0.500 [0.095, 0.905] 1/2
        robot                          -                         -
        unmarked                       0.500 [0.095, 0.905] 1/2  0.500 [0.095, 0.905] 1/2
        labeled agent-authored                                   -
        labeled agent-coauthored                                 1.000 [0.207, 1.000] 1/1
        labeled agent-assisted                                   0.500 [0.095, 0.905] 1/2
        labeled other-bot                                        -
        labeled human                                            0.500 [0.095, 0.905] 1/2
        all: agent, assisted, neither                            0.600 [0.231, 0.882] 3/5
        all, robots told apart                                   0.600 [0.231, 0.882] 3/5

        labeled, read as  agent  assisted  robot  unmarked  undetermined
        agent-coauthored      1         0      0         0             0
        agent-assisted        0         1      0         1             0
        human                 0         1      0         1             0

        contested, read as  agent  assisted  robot  unmarked  undetermined
        agent-assisted          0         0      0         1             0

        agent        precision                 recall
        Claude Code  1.000 [0.207, 1.000] 1/1  0.500 [0.095, 0.905] 1/2
        Cursor       0.000 [0.000, 0.793] 0/1  -
        Kiro         1.000 [0.207, 1.000] 1/1  1.000 [0.207, 1.000] 1/1

        agent or not, by rule        precision                 recall
        countersign                  0.667 [0.208, 0.939] 2/3  0.667 [0.208, 0.939] 2/3
        author is a listed account   -                         0.000 [0.000, 0.561] 0/3
        trailer in git's last block  0.667 [0.208, 0.939] 2/3  0.667 [0.208, 0.939] 2/3
        product name anywhere        0.500 [0.150, 0.850] 2/4  0.667 [0.208, 0.939] 2/3

        read otherwise than labeled: 2
          c3: agent-assisted read as unmarked
          c5: human read as assisted for cursor at line 3: Made-with: Cursor

        in brackets: 95 % confidence, Wilson's interval
        ");
        assert!(render(&scored(), false, false).contains("read otherwise than labeled: 2; -v lists them\n"));
    }

    #[test]
    fn json_says_the_same() {
        let json = to_json(&scored());
        assert_eq!(json["agent_or_not"]["precision"]["met"], 2);
        assert_eq!(json["agent_or_not"]["recall"]["of"], 3);
        assert_eq!(json["agents"]["claude-code"]["recall"]["value"], 0.5);
        assert_eq!(json["labels"]["other-bot"]["value"], Value::Null);
        assert_eq!(json["baselines"][1]["rule"], "trailer in git's last block");
        assert_eq!(json["missed"][1]["evidence"]["agent"], "cursor");
        assert_eq!(json["missed"][0]["expected"], "assisted");
    }
}

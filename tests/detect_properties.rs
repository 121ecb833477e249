//! What holds of every message, however it was made: nothing panics, a sign stays a sign whatever
//! stands around it, and time grows with the text and no faster.

use std::time::{Duration, Instant};

use countersign::catalogue::Catalogue;
use countersign::detect::lines::answer;
use countersign::detect::{CommitText, Detected, Header, Signature, detect};
use countersign::model::Authorship;
use proptest::prelude::*;

fn read(message: &[u8]) -> Detected {
    let ada = Signature { name: b"Ada Byron", email: b"ada@example.com" };
    detect(&Catalogue::built_in(), &CommitText { author: ada, committer: ada, message, ..CommitText::default() })
}

/// Text out of which signs are made, so that random texts come near them.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Co-authored-by: "),
        Just("co authored by"),
        Just("Assisted-by: "),
        Just("Kiro"),
        Just("<kiro@amazon.com>"),
        Just("Claude Opus 4.6"),
        Just("\n"),
        Just("\r\n"),
        Just("\r"),
        Just("\\n"),
        Just("\n\n"),
        Just("```\n"),
        Just("> "),
        Just("  "),
        Just("@"),
        Just("<"),
        Just(">"),
        Just("("),
        Just("on behalf of"),
        Just("Generated with "),
        Just("https://claude.ai/code/session_1"),
        Just("é"),
        Just("\u{200b}"),
        Just("Сo"),
        Just(":"),
        Just("[bot]"),
        Just("Devin Booker"),
        Just("aider: X"),
        Just("USER:"),
        Just("ASSISTANT:"),
        Just("AI-assisted: yes"),
        Just("\u{1b}["),
        Just("Model: gpt-5"),
        Just("- [ ] "),
        Just("[x] "),
        Just("AI-assisted — "),
        Just(":robot: "),
        Just("\0"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(message in proptest::collection::vec(any::<u8>(), 0..600), name in proptest::collection::vec(any::<u8>(), 0..60), email in proptest::collection::vec(any::<u8>(), 0..60)) {
        let signature = Signature { name: &name, email: &email };
        let headers = [Header { name: &name, value: &message }];
        let notes: [&[u8]; 1] = [&message];
        let commit = CommitText { author: signature, committer: signature, message: &message, headers: &headers, notes: &notes, ..CommitText::default() };
        let found = detect(&Catalogue::built_in(), &commit);
        prop_assert!(found.evidence.iter().all(|seen| seen.text.chars().count() <= 200));
    }

    #[test]
    fn texts_made_of_signs_never_panic(message in pieces()) {
        let found = read(message.as_bytes());
        prop_assert!(found.agents.is_sorted());
        prop_assert!(found.evidence.len() <= 50);
        prop_assert_eq!(found.agents.is_empty(), matches!(found.authorship, Authorship::Unmarked | Authorship::Robot));
    }

    #[test]
    fn a_co_author_is_found_below_any_text(above in pieces(), below in pieces()) {
        prop_assume!(!above.contains("```") && !below.contains("```"));
        let message = format!("{above}\n\nCo-authored-by: Kiro <kiro@amazon.com>\n\n{below}");
        let found = read(message.as_bytes());
        prop_assert_eq!(found.authorship, Authorship::Agent);
        prop_assert!(found.co_authors.iter().any(|who| who.email.as_deref() == Some("kiro@amazon.com")));
    }

    #[test]
    fn text_above_and_below_never_clears(above in "[ -~\n]{0,200}", below in "[ -~\n]{0,200}") {
        prop_assume!(!above.contains("```") && !below.contains("```") && !above.contains("~~~") && !below.contains("~~~"));
        let message = format!("{above}\n\nAssisted-by: Kiro\n\n{below}");
        prop_assert!(read(message.as_bytes()).authorship >= Authorship::Assisted);
    }

    #[test]
    fn invisible_characters_and_case_change_nothing(upper in proptest::collection::vec(any::<bool>(), 40), at in proptest::collection::vec(0usize..40, 0..6)) {
        let mut line: String = "Co-authored-by: Kiro <kiro@amazon.com>".chars().zip(&upper).map(|(c, upper)| if *upper { c.to_ascii_uppercase() } else { c }).collect();
        for at in at {
            if line.is_char_boundary(at) && at < line.len() {
                line.insert(at, '\u{200b}');
            }
        }
        prop_assert_eq!(read(format!("Fix\n\n{line}").as_bytes()).authorship, Authorship::Agent);
    }

    #[test]
    fn a_line_of_input_has_one_line_of_output(line in "\\PC{0,200}") {
        let answer = answer(&Catalogue::built_in(), &line, 1);
        prop_assert!(!answer.contains('\n'));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok());
    }

    #[test]
    fn people_are_never_agents(given in "[A-Z][a-z]{2,8}", family in "[A-Z][a-z]{2,10}son") {
        prop_assume!(Catalogue::built_in().phrase(&given.to_lowercase()).is_none());
        let message = format!("Fix\n\nCo-authored-by: {given} {family} <{given}@example.com>\nAssisted-by: {given} {family}");
        prop_assert_eq!(read(message.as_bytes()).authorship, Authorship::Unmarked, "{}", message);
    }
}

#[test]
fn ten_thousand_co_authors_are_all_named() {
    let mut message = String::from("Fix\n\n");
    for number in 0..10_000 {
        message.push_str(&format!("Co-authored-by: Person {number} <p{number}@example.com>\n"));
    }
    let found = read(message.as_bytes());
    assert_eq!(found.co_authors.len(), 10_000);
    assert_eq!(found.authorship, Authorship::Unmarked);

    let line = message.replace('\n', " ");
    assert_eq!(read(line.as_bytes()).co_authors.len(), 10_000, "all on one line");
}

fn time(message: &[u8]) -> Duration {
    let start = Instant::now();
    let _ = read(message);
    start.elapsed()
}

#[test]
fn time_grows_with_the_text_and_no_faster() {
    for piece in [
        "x",
        "\n",
        "\\n",
        "é",
        "auth",
        "Co-authored-by: Ada <ada@example.com>\n",
        "Co-authored-by: Ada <ada@example.com> ",
        "co-authored-by",
        "```\n",
        "Assisted-by:\n  \n",
        "Assisted-by:\n x\n",
        "ASSISTANT: x\n",
        "USER: x\nASSISTANT: x\n",
        "Model: gpt-5\n",
        "https://claude.ai/code/session_1 ",
        "claude on behalf of ",
        "<",
        "@",
        "generated by claude, ",
        "\u{200b}claude",
        "> Assisted-by: Kiro\n",
        "\u{1b}[",
        "Co-authored-by: <",
        "Co-authored-by: @ ",
        "[",
        "[ ] ",
        "[ ] claude\n",
        ":robot: by claude ",
        "AI-assisted — claude ",
        "Reviewed-by: Ada, Co-authored-by: Ada ",
        "Helped-by: Ada + ",
    ] {
        let small = piece.repeat(16 * 1024 / piece.len());
        let large = piece.repeat(8 * 16 * 1024 / piece.len());
        // Eight times the text: eight times the time, and sixty-four if it were quadratic. Other work
        // on the machine may disturb a measurement, but not sixty in a row.
        let is_linear = || time(large.as_bytes()) < time(small.as_bytes()) * 24 + Duration::from_millis(10);
        assert!((0..60).any(|_| is_linear()), "{piece:?}");
    }
}

//! Hostile policies: nothing panics, nothing takes long, everything ends in an error that helps.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use countersign::policy::{self, LONGEST_POLICY, PolicyErrors};
use proptest::prelude::*;

/// Loads something that cannot be loaded, quickly; returns the codes of its errors.
fn refused(bytes: &[u8]) -> Vec<&'static str> {
    let start = Instant::now();
    let errors: PolicyErrors = policy::load(bytes, "hostile").unwrap_err();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(10), "took {took:?} for {:?}", errors.problems.first());
    errors.errors().map(|problem| problem.code).collect()
}

#[test]
fn too_large_a_file_is_refused_unread() {
    assert_eq!(refused(&vec![b'#'; LONGEST_POLICY + 1]), ["too-large"]);
    assert_eq!(refused(&vec![b'['; 10 << 20]), ["too-large"]);
    assert_eq!(refused(&vec![b'#'; LONGEST_POLICY]), ["empty"]);
}

#[test]
fn too_many_values_and_globs_are_refused() {
    let values = format!("version: 1\ngates: [{}]\n", "1,".repeat(250_000));
    assert_eq!(refused(values.as_bytes()), ["too-many-nodes"]);
    let gate = |n| format!("  - {{ name: x{n}, refs: [{}] }}\n", "'r*',".repeat(4_000));
    let globs = format!("version: 1\ngates:\n{}{}", gate(1), gate(2));
    assert_eq!(refused(globs.as_bytes()), ["too-many-globs"]);
}

#[test]
fn nothing_and_bytes_that_are_no_text_are_refused() {
    assert_eq!(refused(b""), ["empty"]);
    assert_eq!(refused(b"\n\n"), ["empty"]);
    assert_eq!(refused(b"---\n...\n"), ["empty"]);
    assert_eq!(refused(b"\xef\xbb\xbfversion: 1\n"), ["byte-order-mark"]);
    assert_eq!(refused(b"\xff\xfev\0e\0r\0"), ["byte-order-mark"]);
    assert_eq!(refused(b"version: 1 # \xe9\n"), ["not-utf8"]);
    assert_eq!(refused(b"version: 1\0\n"), ["control-character"]);
    assert_eq!(refused(b"version: 1\rgates: []\n"), ["control-character"]);
}

#[test]
fn bombs_of_nesting_and_repetition_do_not_go_off() {
    for opener in ["[", "{a: ", "- ", "? ", "{", "&a [", "!t [", "[[{"] {
        let bomb = opener.repeat(LONGEST_POLICY / opener.len());
        assert!(!refused(bomb.as_bytes()).is_empty(), "{opener}");
    }
    let mut nested = String::new();
    for depth in 0..1_000 {
        writeln!(nested, "{}a:", " ".repeat(depth)).unwrap();
    }
    assert!(refused(nested.as_bytes()).contains(&"too-deep"));
    let mut laughs = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (name, before) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"])
    {
        writeln!(laughs, "{name}: &{name} [{}]", vec![format!("*{before}"); 9].join(", ")).unwrap();
    }
    assert!(refused(laughs.as_bytes()).contains(&"alias"));
}

#[test]
fn long_lists_of_mistakes_stay_bounded() {
    let fill = |start: &str, item: &dyn Fn(usize) -> String| {
        let mut text = start.to_owned();
        let mut number = 0;
        while text.len() < LONGEST_POLICY / 2 {
            text.push_str(&item(number));
            number += 1;
        }
        text
    };
    let start = "version: 1\ngates:\n";
    let gates = "gates:\n  - { name: x, refs: [refs/heads/main] }\n";
    let texts = [
        fill("version: 1\n", &|n| format!("key{n}: 1\n")),
        fill("version: 1\n", &|_| "key: 1\n".to_owned()),
        fill(start, &|_| "  - { name: x, refs: [main] }\n".to_owned()),
        fill(start, &|n| format!("  - {{ name: x{n}, refs: [refs/heads/x], require: [{{ role: r{n} }}] }}\n")),
        fill(start, &|n| format!("  - {{ name: x{n}, refs: ['refs/{{a,b}}{{a,b}}{{a,b}}{{a,b}}{{a,b}}{{a,b}}'] }}\n")),
        fill(&format!("version: 1\n{gates}roles:\n"), &|n| format!("  r{n}: {{ people: [p{n}] }}\n")),
        fill(&format!("version: 1\n{gates}people:\n"), &|n| format!("  p{n}: {{ emails: [a@example.com] }}\n")),
        fill(&format!("version: 1\n{gates}people:\n"), &|n| format!("  p{n}: {{ keys: [ssh-ed25519 AAAA] }}\n")),
        fill(&format!("version: 1\n{gates}roles:\n  r: {{ people: ["), &|n| format!("p{n},")) + "] }\n",
        fill(&format!("version: 1\n{gates}roles:\n"), &|n| format!("  r{n}: {{ github-teams: [a/b] }}\n")),
        fill(&format!("{}\ngates:\n", crowd()), &|n| {
            format!("  - {{ name: x{n}, refs: [refs/heads/x], require: [{{ role: all, count: 9 }}] }}\n")
        }),
        fill("version: 1\nagents:\n", &|n| format!("  a{n}: {{ emails: ['*{n}*a*b*c*d*e*f*g*h'] }}\n")),
        fill("version: 1\ngates: [", &|_| "{},".to_owned()),
        fill("version: 1\ngates: [", &|_| ",".to_owned()),
        fill("version: 1\ngates: \"", &|_| "\\u200b".to_owned()),
        fill("version: 1\ngates: ", &|_| "a ".to_owned()),
        fill("version: 1\n", &|_| "# \u{202e}\n".to_owned()),
        fill("version: 1\n", &|_| "#\n".to_owned()),
        fill("version: 1\ngates: |\n", &|_| " x\n".to_owned()),
        fill("version: 1\ngates: \"", &|_| " \n".to_owned()),
    ];
    for text in texts {
        let start = Instant::now();
        let loaded = policy::load(text.as_bytes(), "long");
        let took = start.elapsed();
        let head: String = text.chars().skip(11).take(60).collect();
        assert!(took < Duration::from_secs(10), "took {took:?}: {head}");
        let problems = loaded.map_or_else(|errors| errors.problems, |loaded| loaded.warnings);
        assert!(problems.len() <= 200, "{head}");
    }
}

/// Returns the beginning of a policy with a role that many people hold.
fn crowd() -> String {
    let people: String = (0..4_000).map(|n| format!("  p{n}: {{ accounts: {{ plain: p{n} }} }}\n")).collect();
    let ids: Vec<_> = (0..4_000).map(|n| format!("p{n}")).collect();
    format!("version: 1\npeople:\n{people}roles: {{ all: {{ people: [{}] }} }}\n", ids.join(","))
}

fn acme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policies/acme.yaml");
    std::fs::read_to_string(path).unwrap()
}

/// Loads and uses what can be used; nothing may panic, and places are inside of the text.
fn survives(bytes: &[u8]) -> Result<(), TestCaseError> {
    let problems = match policy::load(bytes, "mutant") {
        Ok(loaded) => {
            for gate in &loaded.policy.gates {
                let _ = gate.refs.iter().any(|glob| glob.matches("refs/heads/main"));
            }
            loaded.warnings
        }
        Err(errors) => {
            prop_assert!(errors.errors().next().is_some(), "refused without an error");
            errors.problems
        }
    };
    for problem in &problems {
        prop_assert!(problem.span.start <= problem.span.end && problem.span.end <= bytes.len());
        prop_assert!(problem.line > 0 && problem.column > 0);
    }
    let drawn = countersign::render::policy_problem::render(&problems, bytes, "mutant", false);
    let steers = |c: char| c.is_control() && c != '\n';
    prop_assert!(!drawn.contains(steers), "{drawn:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes)?;
    }

    #[test]
    fn arbitrary_yaml_never_panics(text in "(version|gates|people|roles|[a-z: \\[\\]{}\"'&*!|>?,#-]|\n|\n  |: |\u{202e}|é){0,60}") {
        survives(text.as_bytes())?;
    }

    #[test]
    fn mutated_policies_never_panic(cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, "[ -~\n\t]{0,6}"), 1..5)) {
        let mut bytes = acme().into_bytes();
        for (at, length, text) in cuts {
            let start = at.index(bytes.len());
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, text.into_bytes());
        }
        survives(&bytes)?;
    }

    #[test]
    fn policies_cut_short_never_panic(at in any::<prop::sample::Index>()) {
        let text = acme();
        survives(text.as_bytes().get(..at.index(text.len())).unwrap())?;
    }
}

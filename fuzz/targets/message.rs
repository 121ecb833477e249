//! The reader of commits' texts. Input: the author's name and address and the message, with a NUL
//! between; the rest of a JSON line, too, when it looks like one.
#![no_main]

use countersign::catalogue::Catalogue;
use countersign::detect::lines::answer;
use countersign::detect::{CommitText, Detected, Signature, detect};
use countersign::model::Authorship;
use libfuzzer_sys::fuzz_target;

const DECLARED: &[u8] = b"\n\nCo-authored-by: Kiro <kiro@amazon.com>\n";

fuzz_target!(|data: &[u8]| {
    let catalogue = Catalogue::built_in();
    let mut parts = data.splitn(3, |byte| *byte == 0).collect::<Vec<_>>();
    let message = parts.pop().unwrap_or_default();
    let author = Signature {
        name: parts.first().copied().unwrap_or(b"Ada Byron"),
        email: parts.get(1).copied().unwrap_or(b"ada@example.com"),
    };
    let notes = [message];
    let commit =
        CommitText { author, committer: author, message, notes: &notes, trusts_apps: true, ..CommitText::default() };
    let found = detect(&catalogue, &commit);
    check(&found);
    assert_eq!(found, detect(&catalogue, &commit), "the same text reads the same");

    // Whatever stands above, a declaration on a line of its own is found.
    let declared = [message, DECLARED].concat();
    let found = detect(&catalogue, &CommitText { message: &declared, notes: &[], ..commit });
    check(&found);
    assert!(found.agents.iter().any(|agent| agent == "kiro"), "{found:?}");
    assert!(matches!(found.authorship, Authorship::Agent | Authorship::Undetermined), "{found:?}");

    if let Ok(line) = std::str::from_utf8(message) {
        assert!(!answer(&catalogue, line, 1).contains('\n'), "one line of input is one line of output");
    }
});

fn check(found: &Detected) {
    assert!(found.evidence.len() <= 50 && found.hints.len() <= 20);
    assert!(found.evidence.iter().chain(&found.hints).all(|sign| sign.text.chars().count() <= 200));
    assert!(found.agents.is_sorted());
    if matches!(found.authorship, Authorship::Agent | Authorship::Assisted) {
        assert!(!found.agents.is_empty() && !found.evidence.is_empty(), "{found:?}");
    }
    if matches!(found.authorship, Authorship::Unmarked | Authorship::Robot) {
        assert!(found.agents.is_empty(), "{found:?}");
    }
}

//! What people see, word for word.

mod hostile;
mod permit;
mod refused;
mod several;
mod uncounted;
mod waiting;

/// Two gates as a policy often has them.
const TWO_GATES: &str = r#"
gates:
  - name: peer review
    refs: ["refs/heads/main"]
    require: [{ role: member }]
  - name: agent's change
    refs: ["refs/heads/main"]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
"#;

#[test]
fn no_text_blames_anybody() {
    let texts = [
        include_str!("tests/refused.rs"),
        include_str!("tests/several.rs"),
        include_str!("tests/uncounted.rs"),
        include_str!("tests/waiting.rs"),
    ];
    let words = ["violation", "illegal", "unauthorized", "suspicious", "cheat", "guilty", "offend", "your fault"];
    for word in words {
        assert!(!texts.iter().any(|text| text.to_lowercase().contains(word)), "{word}");
    }
}

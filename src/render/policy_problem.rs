//! What is wrong with a policy, drawn at its place as a compiler would.
//!
//! The policy's text is untrusted: what is drawn of it is escaped, on one line, and short.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use anstream::adapter::strip_str;

use crate::model::terminal_safe;
use crate::policy::{Problem, Severity};

/// The most characters of a line that are drawn.
const WINDOW: usize = 72;
/// How many characters are drawn before the place when a line is too long.
const BEFORE: usize = 24;

/// Draws all problems, one below the other, each followed by an empty line.
///
/// `source` is the policy's text as it was loaded, `name` what it is called; `color` asks for ANSI
/// colors, without which nothing is lost.
#[must_use]
pub fn render(problems: &[Problem], source: &[u8], name: &str, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let source = readable(source);
    let name = terminal_safe(name);
    let mut text = String::new();
    for problem in problems {
        let drawn = renderer.render(&[group(problem, source, &name)]);
        // `:::` announces another piece of the same file, but there is only one. And lines are
        // filled up with spaces, which nobody wants in a log.
        let is_gap = |line: &&str| strip_str(line).to_string().trim() == ":::";
        for line in drawn.lines().filter(|line| !is_gap(line)) {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

/// Counts the problems: `2 errors and 1 warning`.
#[must_use]
pub fn count(problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let of = |number: usize, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        more => Some(format!("{more} {word}s")),
    };
    let parts: Vec<_> = [of(errors, "error"), of(problems.len() - errors, "warning")].into_iter().flatten().collect();
    if parts.is_empty() { "no problems".to_owned() } else { parts.join(" and ") }
}

/// Returns the text up to the first byte that is no UTF-8.
fn readable(source: &[u8]) -> &str {
    match std::str::from_utf8(source) {
        Ok(text) => text,
        Err(error) => {
            source.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok()).unwrap_or_default()
        }
    }
}

fn group<'a>(problem: &'a Problem, source: &str, name: &'a str) -> Group<'a> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let line = Line::around(source, &problem.span);
    let label = problem.label.as_deref().map(safe);
    let annotation = AnnotationKind::Primary.span(line.place).label(label);
    let snippet = Snippet::source(line.text).line_start(problem.line).fold(false).annotation(annotation);
    let origin = Origin::path(name).line(problem.line).char_column(problem.column);
    let mut elements: Vec<Element<'a>> = vec![origin.into(), snippet.into()];
    if let Some(hint) = &problem.hint {
        elements.push(Level::HELP.message(safe(hint)).into());
    }
    if let Some(consequence) = &problem.consequence {
        elements.push(Level::NOTE.no_name().message(safe(consequence)).into());
    }
    level.primary_title(safe(&problem.message)).id(problem.code).elements(elements)
}

/// Makes a text of a problem fit for a terminal: one line, escaped, not endless.
fn safe(text: &str) -> String {
    const LONGEST: usize = 400;
    let escaped = terminal_safe(text);
    if escaped.chars().count() <= LONGEST {
        return escaped;
    }
    escaped.chars().take(LONGEST).chain(['…']).collect()
}

/// One line of the policy as it is drawn, and the bytes of it to mark.
struct Line {
    text: String,
    place: Range<usize>,
}

impl Line {
    /// Returns the line in which a span begins; a span over several lines is marked up to the end
    /// of its first.
    fn around(source: &str, span: &Range<usize>) -> Self {
        let start = source.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        let rest = source.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let from = span.start.saturating_sub(start).min(line.len());
        let marked = from..span.end.saturating_sub(start).min(line.trim_end().len()).max(from);
        Self::window(line, marked)
    }

    /// Cuts a line to what is shown, and escapes it.
    fn window(line: &str, marked: Range<usize>) -> Self {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let before = line.get(..marked.start).unwrap_or(line).chars().count();
        let skip = if line.chars().count() <= WINDOW { 0 } else { before.saturating_sub(BEFORE) };
        let mut text = if skip > 0 { "… ".to_owned() } else { String::new() };
        let mut place = None;
        let mut end = text.len();
        let mut characters = line.char_indices().skip(skip);
        for (at, character) in characters.by_ref().take(WINDOW) {
            if at >= marked.start && place.is_none() {
                place = Some(text.len());
            }
            // One space for a tab: where a tab stop would be depends on what stands before it.
            match character {
                '\t' => text.push(' '),
                other => text.push_str(&terminal_safe(other.encode_utf8(&mut [0; 4]))),
            }
            if at < marked.end {
                end = text.len();
            }
        }
        let place = place.unwrap_or(text.len());
        if characters.next().is_some() {
            text.push_str(" …");
        }
        Self { text, place: place..end.max(place) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    /// Draws what is wrong with a policy.
    fn drawn(source: &str) -> String {
        let problems = match policy::load(source.as_bytes(), "policy.yaml") {
            Ok(loaded) => loaded.warnings,
            Err(errors) => errors.problems,
        };
        render(&problems, source.as_bytes(), "policy.yaml", false)
    }

    #[test]
    fn a_misspelt_key() {
        let source = "\
version: 1
roles:
  senior: { github-teams: [acme/seniors] }
override: { role: senior }
gates:
  - name: agents
    refs: [refs/heads/main]
    requires: [{ role: senior }]
";
        insta::assert_snapshot!(drawn(source), @"
        error[unknown-key]: `requires` is not a key of a gate
         --> policy.yaml:8:5
          |
        8 |     requires: [{ role: senior }]
          |     ^^^^^^^^ did you mean `require`?
          |
          = without it this gate would let every change pass
        ");
    }

    #[test]
    fn a_role_that_nobody_defined_and_one_that_nobody_holds() {
        let source = "\
version: 1
roles:
  senior: {}
override: { role: senior }
gates:
  - name: agents
    environments: [production]
    require: [{ role: seniors, count: 0 }]
";
        insta::assert_snapshot!(drawn(source), @"
        error[role-unholdable]: nobody can hold the role `senior`
         --> policy.yaml:3:3
          |
        3 |   senior: {}
          |   ^^^^^^
          |
          = help: name `people` or `github-teams`
          = what asks for it could never be satisfied

        error[role-undefined]: the role `seniors` is not defined
         --> policy.yaml:8:23
          |
        8 |     require: [{ role: seniors, count: 0 }]
          |                       ^^^^^^^ did you mean `senior`?
          |
          = nobody could ever satisfy it

        error[out-of-range]: `count` must be at least 1
         --> policy.yaml:8:39
          |
        8 |     require: [{ role: seniors, count: 0 }]
          |                                       ^
        ");
    }

    #[test]
    fn a_place_far_out_on_a_line_with_tabs_and_marks() {
        let padding = "x".repeat(300);
        let source = format!(
            "version: 1\ngates:\n  - {{ name: \"a\\u202e\\tb{padding}\",\tenvironments: [\"\u{200b}ü\"], \tpaths: 1 }}\n"
        );
        insta::assert_snapshot!(drawn(&source), @r#"
        error[hidden-character]: a gate's name holds an invisible character: `a\u{202e}\u{9}bxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`
         --> policy.yaml:3:13
          |
        3 |   - { name: "a\u202e\tbxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx …
          |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = it would look right and match nothing

        warning[gate-requires-nothing]: this gate asks for nobody's sign-off
         --> policy.yaml:3:13
          |
        3 |   - { name: "a\u202e\tbxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx …
          |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: add `require: [{ role: … }]`
          = it would let every change pass, and only protect its refs from being rewound or deleted

        warning[override-impossible]: the role `release-manager` is not defined: nobody can override
         --> policy.yaml:3:13
          |
        3 |   - { name: "a\u202e\tbxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx …
          |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: define `release-manager` under `roles`, or name another role under `override`
          = in an emergency the only way past a gate is to change this policy

        error[glob-syntax]: `\u{200b}ü` is no glob: an invisible character (U+200B)
         --> policy.yaml:3:342
          |
        3 | … xxxxxx", environments: ["\u{200b}ü"],  paths: 1 }
          |                           ^^^^^^^^^^^

        error[unknown-key]: `paths` is not a key of a gate
         --> policy.yaml:3:350
          |
        3 | …  environments: ["\u{200b}ü"],  paths: 1 }
          |                                  ^^^^^ this is a key of `when`
        "#);
    }

    #[test]
    fn an_empty_file_and_one_in_another_encoding() {
        insta::assert_snapshot!(drawn("# nothing\n"), @"
        error[empty]: the policy is empty
         --> policy.yaml:1:1
          |
        1 | # nothing
          | ^
          |
          = help: `countersign init` writes one to start from
        ");
        let latin1 = b"version: 1\npeople:\n  zo\xeb: {}\n";
        let errors = policy::load(latin1, "policy.yaml").unwrap_err();
        insta::assert_snapshot!(render(&errors.problems, latin1, "policy.yaml", false), @"
        error[not-utf8]: byte 0xeb at offset 23 is no UTF-8
         --> policy.yaml:3:5
          |
        3 |   zo
          |     ^
          |
          = help: save the file as UTF-8
        ");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let problem = Problem::new("x", Severity::Error, 0..1, "a \u{1b}[31m message");
        let text = render(&[problem], b"\x1b[2J", "a\x1b[31m\n.yaml", false);
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert_eq!(text.lines().count(), 6, "{text}");
    }

    #[test]
    fn color_changes_nothing_but_color() {
        let source = b"version: 1\ngate: []\n";
        let errors = policy::load(source, "p.yaml").unwrap_err();
        let colored = render(&errors.problems, source, "p.yaml", true);
        assert!(colored.contains('\u{1b}'));
        let stripped = strip_str(&colored).to_string();
        let plain = render(&errors.problems, source, "p.yaml", false);
        assert_eq!(stripped.lines().map(str::trim_end).collect::<Vec<_>>(), plain.lines().collect::<Vec<_>>());
    }

    #[test]
    fn problems_are_counted_in_words() {
        let problem = |severity| Problem::new("x", severity, 0..0, "");
        assert_eq!(count(&[]), "no problems");
        assert_eq!(count(&[problem(Severity::Warning)]), "1 warning");
        assert_eq!(
            count(&[problem(Severity::Error), problem(Severity::Error), problem(Severity::Warning)]),
            "2 errors and 1 warning"
        );
    }
}

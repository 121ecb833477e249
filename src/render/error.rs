//! The one way in which a failure is shown: what happened, what caused it, what to try.
//!
//! Nothing else prints errors. Text in a failure may come from anywhere; nothing in it steers a
//! terminal.

use std::error::Error;
use std::fmt;

use super::style::Tone;
use super::text::{safe, shorten};

/// How many causes and hints, lines of one text and columns of a line are shown.
const CAUSES: usize = 16;
const LINES: usize = 20;
const COLUMNS: usize = 1_000;

/// A failure with something to try.
#[derive(Debug)]
struct Hinted {
    hint: String,
    failure: anyhow::Error,
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failure.fmt(f)
    }
}

impl Error for Hinted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let failure: &(dyn Error + 'static) = self.failure.as_ref();
        match failure.downcast_ref::<Self>() {
            // Keeps the inner hint within the chain, and its text out of it.
            Some(_) => Some(failure),
            None => failure.source(),
        }
    }
}

/// Adds something to try to a failure.
pub trait HintExt<T> {
    /// Returns the failure with a sentence that says what to try: `run `countersign init` first`.
    ///
    /// # Errors
    /// The failure itself, if there is one.
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> HintExt<T> for Result<T, E> {
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T> {
        self.map_err(|failure| anyhow::Error::new(Hinted { hint: hint.into(), failure: failure.into() }))
    }
}

/// What a failure consists of, each text as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub message: String,
    /// What caused it, the nearest cause first.
    pub causes: Vec<String>,
    /// What to try.
    pub hints: Vec<String>,
}

/// Takes a failure apart. A cause that only repeats what was said is left out.
#[must_use]
pub fn told(error: &anyhow::Error) -> Told {
    let mut texts: Vec<String> = Vec::new();
    let mut hints: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if !texts.last().is_some_and(|said| said.ends_with(&text)) {
            texts.push(text);
        }
        hints.extend(cause.downcast_ref::<Hinted>().map(|hinted| hinted.hint.clone()));
    }
    let mut texts = texts.into_iter();
    Told { message: texts.next().unwrap_or_default(), causes: texts.collect(), hints }
}

/// Returns a failure with its causes and hints, as lines without a final line feed.
#[must_use]
pub fn render(error: &anyhow::Error, color: bool) -> String {
    let told = told(error);
    let mut lines: Vec<String> = Vec::new();
    say(&mut lines, &format!("{}: ", Tone::Refused.paint("error", color)), 7, &told.message);
    for (index, cause) in told.causes.iter().take(CAUSES).enumerate() {
        let label = if told.causes.len() == 1 { "caused by".to_owned() } else { format!("caused by {}", index + 1) };
        say(&mut lines, &format!("  {label}: "), 4, cause);
    }
    if told.causes.len() > CAUSES {
        lines.push(format!("  and {} more causes", told.causes.len() - CAUSES));
    }
    for hint in told.hints.iter().take(CAUSES) {
        say(&mut lines, "hint: ", 6, hint);
    }
    lines.join("\n")
}

/// Adds a text behind its label; its own further lines are indented, so that none looks like ours.
fn say(lines: &mut Vec<String>, label: &str, indent: usize, text: &str) {
    let mut shown = text.lines().map(|line| shorten(&safe(line.trim_end()), COLUMNS, "…"));
    lines.push(format!("{label}{}", shown.next().unwrap_or_default()));
    lines.extend(shown.by_ref().take(LINES).map(|line| format!("{}{line}", " ".repeat(indent))));
    let more = shown.count();
    if more > 0 {
        lines.push(format!("{}and {more} more lines", " ".repeat(indent)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context as _, anyhow};

    #[test]
    fn a_failure_tells_its_causes_and_what_to_try() {
        let error = Err::<(), _>(anyhow!("No such file or directory"))
            .context("opening `gate.toml`")
            .hint("run `countersign install` first")
            .context("reading the settings")
            .unwrap_err();
        insta::assert_snapshot!(render(&error, false), @r"
        error: reading the settings
          caused by 1: opening `gate.toml`
          caused by 2: No such file or directory
        hint: run `countersign install` first
        ");
    }

    #[test]
    fn one_failure_may_have_several_hints_and_says_nothing_twice() {
        let error = Err::<(), _>(anyhow!("disk full")).hint("make room").hint("or ask somebody").unwrap_err();
        insta::assert_snapshot!(render(&error, false), @r"
        error: disk full
        hint: or ask somebody
        hint: make room
        ");
        assert_eq!(told(&error).causes, Vec::<String>::new());
    }

    #[test]
    fn lines_of_others_stay_behind_ours() {
        let error = anyhow!("git said:\nhint: pull first\n\u{1b}[31merror: x\u{202e}").context("fetching");
        insta::assert_snapshot!(render(&error, false), @r"
        error: fetching
          caused by: git said:
            hint: pull first
            \u{1b}[31merror: x\u{202e}
        ");
    }

    #[test]
    fn floods_are_bounded() {
        let mut error = anyhow!("{}", "x".repeat(1_000_000));
        for number in 0..1_000 {
            error = error.context(format!("step {number}\n{}", "line\n".repeat(1_000)));
        }
        let text = render(&error, false);
        assert!(text.len() < 20_000, "{}", text.len());
        assert!(text.contains("and 984 more causes"), "{text}");
    }

    #[test]
    fn only_the_word_error_is_colored() {
        let text = render(&anyhow!("no"), true);
        assert_eq!(anstream::adapter::strip_str(&text).to_string(), "error: no");
        assert_eq!(text.matches('\u{1b}').count(), 3);
    }
}

//! When there is color, and for what: the verdict's words and the codes, nothing else.
//!
//! Color never carries meaning of its own. The environment is read by the edges and passed in.

use anstyle::{AnsiColor, Style};

/// What `--color` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorWhen {
    /// On a terminal that has colors.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the edge knows about the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output<'a> {
    /// Whether it is a terminal.
    pub is_terminal: bool,
    /// The variable `NO_COLOR`, if it is set (no-color.org: any text but the empty one).
    pub no_color: Option<&'a str>,
    /// The variable `TERM`, if it is set.
    pub term: Option<&'a str>,
}

impl ColorWhen {
    /// Tells whether this output gets color. An explicit wish stands above the environment.
    #[must_use]
    pub fn applies(self, output: Output<'_>) -> bool {
        let forbidden = output.no_color.is_some_and(|text| !text.is_empty()) || output.term == Some("dumb");
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => output.is_terminal && !forbidden,
        }
    }
}

/// What a piece of text is, as far as color goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Most text.
    #[default]
    Plain,
    /// A finding's code.
    Code,
    /// The words that say that something may pass.
    Permitted,
    /// The words that say that something waits for people.
    Waiting,
    /// The words that say that something may not pass.
    Refused,
    /// The words that say that somebody let it pass all the same.
    Overridden,
}

impl Tone {
    /// Returns the text in its color.
    #[must_use]
    pub fn paint(self, text: &str, color: bool) -> String {
        let style = self.style();
        if !color || style.is_plain() {
            return text.to_owned();
        }
        format!("{style}{text}{style:#}")
    }

    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Code => AnsiColor::Cyan.on_default(),
            Self::Permitted => AnsiColor::Green.on_default().bold(),
            Self::Waiting => AnsiColor::Yellow.on_default().bold(),
            Self::Refused => AnsiColor::Red.on_default().bold(),
            Self::Overridden => AnsiColor::Magenta.on_default().bold(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Output<'_> = Output { is_terminal: true, no_color: None, term: Some("xterm") };

    #[test]
    fn auto_asks_the_terminal_and_the_environment() {
        assert!(ColorWhen::Auto.applies(TERMINAL));
        assert!(!ColorWhen::Auto.applies(Output { is_terminal: false, ..TERMINAL }));
        assert!(!ColorWhen::Auto.applies(Output { no_color: Some("1"), ..TERMINAL }));
        assert!(ColorWhen::Auto.applies(Output { no_color: Some(""), ..TERMINAL }));
        assert!(!ColorWhen::Auto.applies(Output { term: Some("dumb"), ..TERMINAL }));
    }

    #[test]
    fn an_explicit_wish_wins() {
        let dull = Output { is_terminal: false, no_color: Some("1"), term: Some("dumb") };
        assert!(ColorWhen::Always.applies(dull));
        assert!(!ColorWhen::Never.applies(TERMINAL));
    }

    #[test]
    fn color_can_be_taken_away_without_loss() {
        assert_eq!(Tone::Refused.paint("no", true), "\u{1b}[1m\u{1b}[31mno\u{1b}[0m");
        assert_eq!(Tone::Refused.paint("no", false), "no");
        assert_eq!(Tone::Plain.paint("text", true), "text");
    }
}

//! What a command may touch: its input and outputs, its environment, the time it started.
//!
//! Commands get everything from here, so that tests can run them whole.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use jiff::Timestamp;

use crate::render::style::ColorWhen;

/// The forms of output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// RFC 8785 JSON on standard output.
    Json,
    /// GitHub workflow commands and a job summary.
    Github,
    /// SARIF 2.1.0 on standard output.
    Sarif,
    /// A picture on standard output; of `policy simulate` alone.
    Svg,
}

/// When to use color.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal that has colors.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<ColorChoice> for ColorWhen {
    fn from(choice: ColorChoice) -> Self {
        match choice {
            ColorChoice::Auto => Self::Auto,
            ColorChoice::Always => Self::Always,
            ColorChoice::Never => Self::Never,
        }
    }
}

/// The world as a command sees it.
pub struct Shell<'a> {
    /// Standard output: results.
    pub out: &'a mut dyn Write,
    /// Standard error: talk.
    pub err: &'a mut dyn Write,
    /// Standard input.
    pub input: &'a mut dyn BufRead,
    /// The environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// The working directory.
    pub directory: PathBuf,
    /// When the command started.
    pub now: Timestamp,
    /// The form of output.
    pub format: Format,
    /// Whether standard error may carry color.
    pub color: bool,
    /// Whether standard output may carry color.
    pub color_out: bool,
    /// Whether somebody can be asked.
    pub interactive: bool,
    /// Whether standard error is a terminal, for progress.
    pub shows_progress: bool,
    /// How talkative.
    pub verbose: u8,
    /// Whether to say only what must be said.
    pub quiet: bool,
}

impl Shell<'_> {
    /// Returns an environment variable that is valid text.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(&OsString::from(name)).and_then(|value| value.to_str())
    }

    /// Returns how wide the terminal says it is (`COLUMNS`), where it says so.
    #[must_use]
    pub fn columns(&self) -> Option<u16> {
        self.variable("COLUMNS")?.parse().ok().filter(|columns| *columns >= 40)
    }

    /// Returns the environment's variables that are valid text.
    #[must_use]
    pub fn text_environment(&self) -> BTreeMap<String, String> {
        let text = |(key, value): (&OsString, &OsString)| Some((key.to_str()?.to_owned(), value.to_str()?.to_owned()));
        self.environment.iter().filter_map(text).collect()
    }
}

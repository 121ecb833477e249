//! What can be wrong with a table, always with the file and, where there is one, the case.

use std::fmt;

/// One thing that is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// The file, as it was named to the loader.
    pub file: String,
    /// The line in it, counted from 1, where one is known.
    pub line: Option<u64>,
    /// The case's name, where the error is in a case.
    pub case: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl TableError {
    /// An error in the file as a whole.
    pub(super) fn in_file(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, case: None, message: message.into() }
    }

    /// An error of YAML or of the document's shape, at the place that the parser names.
    pub(super) fn in_yaml(file: &str, error: &serde_yaml::Error) -> Self {
        let line = error.location().map(|location| location.line()).filter(|line| *line > 0);
        Self { line, ..Self::in_file(file, error.without_snippet().to_string()) }
    }

    /// An error in one case.
    pub(super) fn in_case(file: &str, line: u64, case: &str, message: impl Into<String>) -> Self {
        Self { line: Some(line), case: Some(case.to_owned()), ..Self::in_file(file, message) }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(case) = &self.case {
            write!(f, ": case `{case}`")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for TableError {}

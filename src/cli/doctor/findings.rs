//! What a check-up collects: findings, and those of their repairs that `--fix` may carry out by itself.

use std::ffi::OsString;
use std::path::Path;

use super::permissions::quoted_text;
use crate::render::checkup::{Finding, Weight, run};

/// A command that takes nothing away from anybody but what they should not have: it narrows a mode,
/// writes a setting of this repository, or places the gate's own files again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fix {
    /// The program and its arguments, as they are run: no shell reads them.
    pub words: Vec<OsString>,
}

impl Fix {
    /// Returns a command.
    pub fn new(words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self { words: words.into_iter().map(Into::into).collect() }
    }

    /// Returns the command that narrows a mode.
    pub fn mode(mode: u32, path: &Path) -> Self {
        Self::new(["chmod".into(), format!("{mode:04o}").into(), path.as_os_str().to_owned()])
    }

    /// Returns a command that changes one file of settings.
    pub fn config(file: &Path, words: &[&str]) -> Self {
        let begin = ["git".into(), "config".into(), "--file".into(), file.as_os_str().to_owned()];
        Self::new(begin.into_iter().chain(words.iter().map(OsString::from)))
    }

    /// Returns the command as people would type it into a POSIX shell.
    pub fn text(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| quoted_text(&word.to_string_lossy())).collect();
        words.join(" ")
    }

    /// Tells whether what people read is what is run: not so where a path is no text.
    pub fn is_text(&self) -> bool {
        self.words.iter().all(|word| word.to_str().is_some())
    }
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    all: Vec<Finding>,
    fixes: Vec<Fix>,
}

impl Findings {
    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.all.push(finding);
    }

    /// Adds several findings.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.all.extend(findings);
    }

    /// Adds a hole that `--fix` can close.
    pub fn hole(&mut self, code: &'static str, message: impl Into<String>, fix: Fix) {
        self.push(Finding::hole(code, message, run(fix.text())));
        self.fixes.push(fix);
    }

    /// Adds a remark that `--fix` can settle.
    pub fn remark(&mut self, code: &'static str, message: impl Into<String>, fix: Fix) {
        self.push(Finding::remark(code, message, run(fix.text())));
        self.fixes.push(fix);
    }

    /// Tells whether this repair was told already.
    pub fn knows(&self, fix: &Fix) -> bool {
        self.fixes.contains(fix)
    }

    /// Adds all that others found.
    pub fn append(&mut self, other: Self) {
        self.all.extend(other.all);
        self.fixes.extend(other.fixes);
    }

    /// Tells whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Tells whether something of this weight was found.
    pub fn has(&self, weight: Weight) -> bool {
        self.all.iter().any(|finding| finding.weight == weight)
    }

    /// Returns all findings, worst first.
    pub fn sorted(mut self) -> (Vec<Finding>, Vec<Fix>) {
        self.all.sort_by_key(|finding| finding.weight);
        // One command may answer several findings.
        let mut fixes: Vec<Fix> = Vec::new();
        for fix in self.fixes {
            if !fixes.contains(&fix) {
                fixes.push(fix);
            }
        }
        (self.all, fixes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reads_as_it_is_run() {
        let fix = Fix::config(Path::new("/srv/it's here/config"), &["--unset-all", "hook.a b.enabled"]);
        assert_eq!(fix.text(), "git config --file '/srv/it'\\''s here/config' --unset-all 'hook.a b.enabled'");
        assert_eq!(Fix::mode(0o600, Path::new("/srv/gate.key")).text(), "chmod 0600 /srv/gate.key");
        assert!(fix.is_text());
    }

    #[test]
    fn the_worst_comes_first_and_no_command_twice() {
        let mut findings = Findings::default();
        findings.push(Finding::well("a", "well"));
        findings.remark("b", "odd", Fix::new(["true"]));
        findings.hole("c", "open", Fix::new(["true"]));
        let (all, fixes) = findings.sorted();
        assert_eq!(all.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["c", "b", "a"]);
        assert_eq!(fixes, [Fix::new(["true"])]);
    }
}

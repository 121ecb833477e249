//! Marks a commit that is made in an agent's shell with a trailer that says so.
//!
//! A courtesy to whoever reads the history: an agent that does not want to be seen takes its variables
//! away. What is replayed (rebase, cherry-pick) or joined (merge, squash) was made before and is left
//! alone, unless conflicts were resolved here.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Shell;
use crate::adapters::process::{self, Call, Limits, find_program};
use crate::catalogue::{Catalogue, InShell};
use crate::detect::{CommitText, detect};

/// The longest message that is looked at, in bytes.
const LONGEST: u64 = 16 << 20;

/// How long git may take.
const SHORT: Duration = Duration::from_secs(20);

/// What git cuts off a message begins with this line, behind the mark of comments (git-commit(1),
/// `--cleanup=scissors`).
const SCISSORS: &str = " ------------------------ >8 ------------------------";

/// The characters among which git chooses the mark of comments where `core.commentChar` is `auto`.
const COMMENT_MARKS: &str = "#;@!$%^&|:";

/// How git makes a commit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Made<'a> {
    /// Where the message comes from: `message`, `template`, `merge`, `squash` or `commit`
    /// (githooks(5), prepare-commit-msg).
    pub source: Option<&'a str>,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Marked {
    /// Nothing was to be done.
    Not,
    /// These trailers were added, each with the variables that say so.
    With(Vec<(String, String)>),
}

/// Marks the message in a file.
///
/// # Errors
/// When the message cannot be read, or git cannot place the trailer; it is then as it was.
pub fn mark(file: &Path, made: &Made<'_>, shell: &Shell<'_>) -> Result<Marked> {
    let catalogue = Catalogue::built_in();
    let agents = catalogue.agents_of_shell(&|name| shell.variable(name).map(ToOwned::to_owned));
    if agents.is_empty() {
        return Ok(Marked::Not);
    }
    let git = Git::find(shell)?;
    let path = shell.directory.join(file);
    let size = fs::metadata(&path).with_context(|| format!("reading {}", path.display()))?.len();
    if size > LONGEST {
        bail!("the message is longer than {} MiB", LONGEST >> 20);
    }
    let message = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let comment = git.comment_mark(&message);
    let body = without_comments(&message, &comment);
    // Nothing is written yet: with a trailer alone, git would no longer give up on an empty message.
    let is_empty = body.trim_ascii().is_empty();
    if is_empty || is_handed_on(made, &git.directory()?) && !has_conflicts(&message, &comment) {
        return Ok(Marked::Not);
    }
    let wanted =
        git.setting("countersign.agentTrailer").is_some_and(|wish| wish.eq_ignore_ascii_case("co-authored-by"));
    let lines: Vec<(String, String)> = agents
        .iter()
        .filter(|agent| !is_declared(&catalogue, &body, agent))
        .map(|agent| (trailer(agent, wanted), agent.by.join(" and ")))
        .collect();
    if lines.is_empty() {
        return Ok(Marked::Not);
    }
    let trailers: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
    let marked = git.with_trailers(&message, &comment, &trailers)?;
    replace(&path, &marked)?;
    Ok(Marked::With(lines))
}

/// Returns the trailer that names an agent.
fn trailer(agent: &InShell, as_co_author: bool) -> String {
    let documented = agent.id.filter(|_| as_co_author).and_then(Catalogue::co_author_line);
    match (documented, agent.id) {
        (Some(line), _) => line.to_owned(),
        (None, Some(_)) => format!("Assisted-by: {}", agent.name),
        // Nobody knows the name, so the trailer says what bears it.
        (None, None) => format!("Assisted-by: {} (AI agent)", agent.name),
    }
}

/// Tells whether a message names the agent already, in whatever form.
fn is_declared(catalogue: &Catalogue, body: &[u8], agent: &InShell) -> bool {
    let detected = detect(catalogue, &CommitText { message: body, ..CommitText::default() });
    match agent.id {
        Some(id) => detected.agents.iter().any(|known| known == id),
        None => {
            let name = agent.name.to_lowercase();
            detected.evidence.iter().any(|evidence| evidence.text.to_lowercase().contains(&name))
        }
    }
}

/// Tells whether git hands on what was committed before.
fn is_handed_on(made: &Made<'_>, git_dir: &Path) -> bool {
    let is_there = |name: &str| git_dir.join(name).exists();
    if matches!(made.source, Some("merge" | "squash")) || is_there("MERGE_HEAD") || is_there("SQUASH_MSG") {
        return true;
    }
    // Set while a commit is picked, by cherry-pick and by each step of a rebase (gitrevisions(7)).
    if is_there("CHERRY_PICK_HEAD") {
        return true;
    }
    // A rebase joins commits without that; what it does now stands in the last line of what is done.
    let done = fs::read_to_string(git_dir.join("rebase-merge/done")).unwrap_or_default();
    let step = done.lines().rfind(|line| !line.trim().is_empty()).and_then(|line| line.split_whitespace().next());
    matches!(step, Some("fixup" | "f" | "squash" | "s" | "merge" | "m"))
}

/// Tells whether git names files with conflicts in the comments of a message.
fn has_conflicts(message: &[u8], comment: &str) -> bool {
    let heading = format!("{comment} Conflicts:");
    lines(message).any(|line| line == heading.as_bytes())
}

fn lines(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    message.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Returns what of a message will be committed: without comments, and not what stands below the scissors.
fn without_comments(message: &[u8], comment: &str) -> Vec<u8> {
    let scissors = format!("{comment}{SCISSORS}");
    let kept = lines(message).take_while(|line| *line != scissors.as_bytes());
    let kept: Vec<&[u8]> = kept.filter(|line| !line.starts_with(comment.as_bytes())).collect();
    kept.join(&b'\n')
}

/// Writes a message beside its place and moves it there, so that nothing is lost half-way.
fn replace(path: &Path, message: &[u8]) -> Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".countersign");
    let beside = PathBuf::from(beside);
    let written = fs::write(&beside, message).and_then(|()| fs::rename(&beside, path));
    written.with_context(|| {
        let _ = fs::remove_file(&beside);
        format!("writing {}", path.display())
    })
}

/// Stock git, in the person's environment and without it.
struct Git {
    program: PathBuf,
    directory: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl Git {
    fn find(shell: &Shell<'_>) -> Result<Self> {
        let search_path = shell.environment.get(&OsString::from("PATH")).cloned().unwrap_or_default();
        let variables = shell.environment.clone().into_iter().collect();
        Ok(Self { program: find_program("git", &search_path)?, directory: shell.directory.clone(), variables })
    }

    fn ask(&self, arguments: &[&str]) -> Option<String> {
        let call = Call {
            program: self.program.clone(),
            arguments: arguments.iter().map(Into::into).collect(),
            environment: self.variables.clone(),
            directory: Some(self.directory.clone()),
            limits: Limits { time: SHORT, ..Limits::default() },
            ..Call::default()
        };
        let answer = String::from_utf8(process::run_ok(&call).ok()?).ok()?;
        Some(answer.trim_end_matches('\n').to_owned()).filter(|answer| !answer.is_empty())
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.ask(&["config", "--get", name])
    }

    fn directory(&self) -> Result<PathBuf> {
        let directory = self.ask(&["rev-parse", "--absolute-git-dir"]).context("finding the repository")?;
        Ok(PathBuf::from(directory))
    }

    /// Returns what comments of a message begin with (git-config(1), `core.commentString`).
    fn comment_mark(&self, message: &[u8]) -> String {
        let known = self.setting("core.commentString").or_else(|| self.setting("core.commentChar"));
        match known.as_deref() {
            None => "#".to_owned(),
            Some("auto") => guess_mark(message),
            Some(mark) => mark.to_owned(),
        }
    }

    /// Places trailers as git itself does: in the last block, before comments and scissors. Nobody's
    /// settings for trailers count: the line stays what it is.
    fn with_trailers(&self, message: &[u8], comment: &str, trailers: &[&str]) -> Result<Vec<u8>> {
        let key = if comment.chars().count() == 1 { "core.commentChar" } else { "core.commentString" };
        let setting = format!("{key}={comment}");
        let mut arguments: Vec<OsString> =
            ["-c", &setting, "interpret-trailers", "--no-divider", "--where", "end"].map(OsString::from).to_vec();
        arguments.extend(["--if-exists", "addIfDifferent", "--if-missing", "add"].map(OsString::from));
        for trailer in trailers {
            arguments.extend(["--trailer".into(), trailer.into()]);
        }
        let mut environment: Vec<(OsString, OsString)> =
            self.variables.iter().filter(|(name, _)| !name.to_string_lossy().starts_with("GIT_")).cloned().collect();
        for (name, value) in
            [("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_DIR", "/dev/null")]
        {
            environment.push((name.into(), value.into()));
        }
        let call = Call {
            program: self.program.clone(),
            arguments,
            environment,
            directory: Some(PathBuf::from("/")),
            input: message.to_vec(),
            limits: Limits { time: SHORT, ..Limits::default() },
            ..Call::default()
        };
        let marked = process::run_ok(&call).context("asking git to place the trailer")?;
        let has = |trailer: &&str| lines(&marked).any(|line| line == trailer.as_bytes());
        if marked.len() < message.trim_ascii().len() || !trailers.iter().all(has) {
            bail!("git did not place the trailer");
        }
        Ok(marked)
    }
}

/// Returns the mark of comments that git has chosen: the one with which the last line begins.
fn guess_mark(message: &[u8]) -> String {
    let last = lines(message).filter(|line| !line.trim_ascii().is_empty()).last();
    let first = last.and_then(|line| line.first()).copied().map(char::from);
    first.filter(|c| COMMENT_MARKS.contains(*c)).unwrap_or('#').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_what_is_cut_off_are_no_message() {
        let message = b"Fix it\n\n# Kiro\n# ------------------------ >8 ------------------------\n+Assisted-by: Kiro\n";
        assert_eq!(without_comments(message, "#"), b"Fix it\n");
        assert_eq!(without_comments(b"Fix #1\n;; kiro\n", ";;"), b"Fix #1\n");
    }

    #[test]
    fn the_mark_of_comments_is_guessed_by_the_last_line() {
        assert_eq!(guess_mark(b"#1 is fixed\n\n; On branch main\n;\n\n"), ";");
        assert_eq!(guess_mark(b"Fix it\n"), "#");
        assert_eq!(guess_mark(b""), "#");
    }
}

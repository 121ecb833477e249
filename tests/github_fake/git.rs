//! Stock git on the fake's bare repositories: what GitHub does with git, done with git.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What every git of the fake sees.
fn variables(home: &Path) -> Vec<(OsString, OsString)> {
    let path = std::env::vars_os().find(|(name, _)| name == "PATH").map_or_else(OsString::new, |(_, value)| value);
    let mut variables: Vec<(OsString, OsString)> = [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("LC_ALL", "C"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_COMMITTER_NAME", "GitHub"),
        ("GIT_COMMITTER_EMAIL", "noreply@github.com"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .into();
    variables.push(("PATH".into(), path));
    variables.push(("HOME".into(), home.into()));
    variables
}

/// Returns git, not yet run, in a bare repository.
pub fn command(bare: &Path) -> Command {
    let mut command = Command::new("git");
    command.env_clear().envs(variables(bare)).env("GIT_DIR", bare).current_dir(bare);
    command
}

/// Runs a command with some input.
pub fn feed(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // A program that has read enough closes its end.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    })
}

/// Runs git and returns what it printed, or nothing when it failed.
pub fn ask(bare: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let mut git = command(bare);
    git.args(arguments);
    let output = feed(git, b"");
    output.status.success().then_some(output.stdout)
}

/// Runs git, which has to succeed, and returns what it printed without the last line feed.
pub fn run(bare: &Path, arguments: &[&str]) -> String {
    run_with(bare, arguments, b"", &[])
}

/// Runs git with input and more variables.
pub fn run_with(bare: &Path, arguments: &[&str], input: &[u8], more: &[(&str, &str)]) -> String {
    let mut git = command(bare);
    git.args(arguments).envs(more.iter().copied());
    let output = feed(git, input);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// Makes a bare repository that serves as GitHub's do.
pub fn make(bare: &Path) {
    std::fs::create_dir_all(bare).unwrap();
    run(bare, &["init", "-q", "--bare", "-b", "main", "."]);
    run(bare, &["config", "uploadpack.allowFilter", "true"]);
    run(bare, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
}

/// Returns every ref with its tip.
pub fn refs(bare: &Path) -> std::collections::BTreeMap<String, String> {
    run(bare, &["for-each-ref", "--format=%(refname) %(objectname)"])
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, tip)| (name.to_owned(), tip.to_owned()))
        .collect()
}

/// Somebody in a commit.
#[derive(Debug, Clone, Copy)]
pub struct Who {
    pub name: &'static str,
    pub email: &'static str,
}

/// A commit to be made.
#[derive(Debug, Clone)]
pub struct Edit {
    pub author: Who,
    pub message: String,
    /// Path and content; without content the path goes away.
    pub files: Vec<(String, Option<Vec<u8>>)>,
}

impl Edit {
    pub fn new(author: Who, message: &str, path: &str, content: &str) -> Self {
        let files = vec![(path.to_owned(), Some(content.as_bytes().to_vec()))];
        Self { author, message: message.to_owned(), files }
    }
}

/// Puts commits on a branch, on top of `from`.
pub fn add_commits(bare: &Path, branch: &str, from: Option<&str>, edits: &[Edit], time: i64) {
    let mut stream = Vec::new();
    let mut parent = from.map(str::to_owned);
    for edit in edits {
        let Who { name, email } = edit.author;
        let who = format!("{name} <{email}> {time} +0000");
        write!(stream, "commit refs/heads/{branch}\nauthor {who}\ncommitter {who}\n").unwrap();
        write!(stream, "data {}\n{}\n", edit.message.len(), edit.message).unwrap();
        if let Some(parent) = parent.take() {
            writeln!(stream, "from {parent}").unwrap();
        }
        for (path, content) in &edit.files {
            match content {
                Some(content) => {
                    write!(stream, "M 100644 inline {path}\ndata {}\n", content.len()).unwrap();
                    stream.extend_from_slice(content);
                    stream.push(b'\n');
                }
                None => writeln!(stream, "D {path}").unwrap(),
            }
        }
        stream.push(b'\n');
    }
    run_with(bare, &["fast-import", "--quiet", "--force"], &stream, &[]);
}

/// Returns the tree of git's clean merge of two commits; `base` replaces their merge base.
pub fn merged_tree(bare: &Path, base: Option<&str>, ours: &str, theirs: &str) -> String {
    let mut arguments = vec!["merge-tree".to_owned(), "--write-tree".to_owned()];
    arguments.extend(base.map(|base| format!("--merge-base={base}")));
    arguments.extend([ours.to_owned(), theirs.to_owned()]);
    run(bare, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Makes a commit as GitHub's own committer.
pub fn commit_tree(bare: &Path, tree: &str, parents: &[&str], message: &str, author: (&str, &str)) -> String {
    let mut arguments = vec!["commit-tree", tree, "-m", message];
    for parent in parents {
        arguments.extend(["-p", parent]);
    }
    run_with(bare, &arguments, b"", &[("GIT_AUTHOR_NAME", author.0), ("GIT_AUTHOR_EMAIL", author.1)])
}

/// Makes a commit as somebody makes it on their own machine.
pub fn commit_by(bare: &Path, tree: &str, parents: &[&str], message: &str, who: Who) -> String {
    let mut arguments = vec!["commit-tree", tree, "-m", message];
    for parent in parents {
        arguments.extend(["-p", parent]);
    }
    let names = [
        ("GIT_AUTHOR_NAME", who.name),
        ("GIT_AUTHOR_EMAIL", who.email),
        ("GIT_COMMITTER_NAME", who.name),
        ("GIT_COMMITTER_EMAIL", who.email),
    ];
    run_with(bare, &arguments, b"", &names)
}

/// Returns the tree of a commit with one more file.
pub fn tree_with(bare: &Path, commit: &str, path: &str, content: &[u8]) -> String {
    let blob = run_with(bare, &["hash-object", "-w", "--stdin"], content, &[]);
    let listed = run(bare, &["ls-tree", commit]);
    let listed = format!("{listed}\n100644 blob {blob}\t{path}\n");
    run_with(bare, &["mktree"], listed.as_bytes(), &[])
}

/// Tells whether one commit contains another.
pub fn contains(bare: &Path, newer: &str, older: &str) -> bool {
    ask(bare, &["merge-base", "--is-ancestor", older, newer]).is_some()
}

/// Lists the commits of a pull request, the oldest first.
pub fn commits_between(bare: &Path, base: &str, head: &str) -> Vec<String> {
    let text = run(bare, &["rev-list", "--reverse", "--topo-order", head, &format!("^{base}")]);
    text.lines().map(str::to_owned).collect()
}

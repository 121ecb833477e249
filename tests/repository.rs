//! Keeps promises about the repository's texts: where packages come from, what automation may run,
//! and that documents point at things that exist. Imports are the matter of architecture.rs.
#![expect(clippy::unwrap_used, reason = "integration test: a broken repository may panic here")]

use std::fs;
use std::path::{Path, PathBuf};

/// The one package source that a lock file may name, as cargo writes it.
const CARGO_SOURCE: &str = concat!("source = \"registry+https://github.com/rust-lang/", "crates", ".io", "-index\"");

/// Hosts that serve packages. Split, so that this file does not name them either.
const PACKAGE_HOSTS: &[&str] = &[
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("yarnpkg", ".com"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("rubygems", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("repo.maven", ".apache"),
    concat!("deb.debian", ".org"),
    concat!("docker", ".io"),
    concat!("ghcr", ".io"),
    concat!("quay", ".io"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every file of the repository, without what builds and tools leave behind.
fn files() -> Vec<PathBuf> {
    let built = [".git", ".tools", "node_modules", "target"];
    let mut files = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && !built.iter().any(|name| entry.file_name() == *name) {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    assert!(files.contains(&root().join("Cargo.lock")), "the repository was not found");
    files
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn with_extension<'a>(files: &'a [PathBuf], extensions: &'a [&str]) -> impl Iterator<Item = &'a PathBuf> {
    files
        .iter()
        .filter(move |path| extensions.iter().any(|wanted| path.extension().is_some_and(|found| found == *wanted)))
}

fn assert_none(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n  {}", complaints.join("\n  "));
}

#[test]
fn no_text_names_a_package_host() {
    let mut complaints = Vec::new();
    for path in files().iter().filter(|path| !path.ends_with("Cargo.lock")) {
        for (number, line) in text(path).lines().enumerate() {
            for host in PACKAGE_HOSTS.iter().filter(|host| line.contains(**host)) {
                complaints.push(format!("{}:{}: {host}", shown(path), number + 1));
            }
        }
    }
    assert_none("package hosts are the business of each machine's settings, not of this repository", &complaints);
}

#[test]
fn lock_files_name_no_foreign_address() {
    let mut complaints = Vec::new();
    let files = files();
    let locks = files.iter().filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".lock") || name == "package-lock.json" || name.starts_with("requirements")
    });
    for path in locks {
        for (number, line) in text(path).lines().enumerate() {
            if line.contains("://") && line != CARGO_SOURCE {
                complaints.push(format!("{}:{}: {}", shown(path), number + 1, line.trim()));
            }
        }
    }
    assert_none("lock files name packages and their digests, never where to fetch them", &complaints);
}

#[test]
fn workflows_run_pinned_actions_with_least_rights() {
    let files = files();
    let workflows: Vec<&PathBuf> =
        with_extension(&files, &["yml", "yaml"]).filter(|path| shown(path).starts_with(".github/workflows/")).collect();
    assert!(!workflows.is_empty(), "no workflow was found");
    let mut complaints = Vec::new();
    for path in workflows {
        let text = text(path);
        if !text.contains("\npermissions:\n  contents: read\n") && !text.contains("\npermissions: {}\n") {
            complaints.push(format!("{}: begin with `permissions: contents: read`, or with none", shown(path)));
        }
        if text.matches("actions/checkout@").count() != text.matches("persist-credentials: false").count() {
            complaints.push(format!("{}: each checkout needs `persist-credentials: false`", shown(path)));
        }
        if text.contains("pull_request_target") {
            complaints.push(format!("{}: `pull_request_target` gives a fork's pull request our rights", shown(path)));
        }
        for line in script_lines(&text).filter(|line| line.contains("${{")) {
            complaints.push(format!("{}: hand values to scripts through `env`: {}", shown(path), line.trim()));
        }
        for (number, line) in text.lines().enumerate() {
            if let Some(action) = line.trim_start().trim_start_matches("- ").strip_prefix("uses: ")
                && !is_pinned(action)
            {
                complaints.push(format!("{}:{}: pin by full commit id: {action}", shown(path), number + 1));
            }
        }
    }
    assert_none("automation runs what was reviewed, and no more", &complaints);
}

/// Returns the lines of a workflow that a shell reads: `run:` and the block indented below it.
fn script_lines(workflow: &str) -> impl Iterator<Item = &str> {
    let mut block = None;
    workflow.lines().filter(move |line| {
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().trim_start_matches("- ").starts_with("run:") {
            block = Some(indent);
            return true;
        }
        block = block.filter(|start| line.trim().is_empty() || indent > *start);
        block.is_some()
    })
}

/// `owner/name@<40 hex digits> # v1.2.3`, or a path in this repository.
fn is_pinned(action: &str) -> bool {
    // Nothing can hold the id of a commit that holds it.
    if action == "countersign/countersign@v0" {
        return true;
    }
    let Some((name, rest)) = action.split_once('@') else { return action.starts_with("./") };
    let (commit, comment) = rest.split_once(' ').unwrap_or((rest, ""));
    name.contains('/')
        && commit.len() == 40
        && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
        && comment.starts_with("# v")
}

#[test]
fn links_between_documents_lead_somewhere() {
    let files = files();
    let mut complaints = Vec::new();
    for path in with_extension(&files, &["md"]) {
        for target in text(path).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let is_relative = !file.is_empty() && !file.contains("://") && !file.starts_with("mailto:");
            if is_relative && !path.parent().unwrap().join(file).exists() {
                complaints.push(format!("{}: {target}", shown(path)));
            }
        }
    }
    assert_none("links that lead nowhere", &complaints);
}

#[test]
fn every_defense_names_a_test_that_exists() {
    let document = text(&root().join("docs/threat-model.md"));
    let (defended, _) = document.split_once("\n## Not yet defended").unwrap();
    let mut rows = 0;
    let mut complaints = Vec::new();
    let tables = defended.split("| attack | defense | test |\n|---|---|---|\n").skip(1);
    for row in tables.flat_map(|table| table.lines().take_while(|line| line.starts_with('|'))) {
        rows += 1;
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            complaints.push(format!("no test: {row}"));
        }
        complaints.extend(names.into_iter().filter(|name| !is_test(name)).map(|name| format!("no such test: {name}")));
    }
    assert!(rows > 0, "docs/threat-model.md: no table was found");
    assert_none("a defense without a test is a hope; move its row to `Not yet defended`", &complaints);
}

/// `tests/file.rs::name` or `src/folder/file.rs::name`, or the file of an attack.
fn is_test(name: &str) -> bool {
    if name.starts_with("tests/attacks/") && name.ends_with(".sh") {
        return root().join(name).is_file();
    }
    let Some((file, function)) = name.split_once("::") else { return false };
    fs::read_to_string(root().join(file)).is_ok_and(|code| {
        code.replace("#[tokio::test(flavor = \"multi_thread\")]", "#[test]")
            .replace("#[tokio::test]", "#[test]")
            .split("#[test]")
            .skip(1)
            .any(|item| item.split_once("fn ").is_some_and(|(_, rest)| rest.starts_with(&format!("{function}("))))
    })
}

#[test]
fn decisions_are_numbered_without_gaps() {
    let mut names: Vec<String> = fs::read_dir(root().join("docs/decisions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for (index, name) in names.iter().enumerate() {
        assert!(
            name.starts_with(&format!("{:04}-", index + 1)),
            "docs/decisions/{name}: number {:04} is due",
            index + 1
        );
        let text = text(&root().join("docs/decisions").join(name));
        for heading in ["# ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n", "\n## Alternatives\n"] {
            assert!(text.contains(heading), "docs/decisions/{name}: `{}` is missing", heading.trim());
        }
    }
    assert!(names.len() >= 10, "the decisions were not found");
}

//! Lists of globs, and globs that could never match what they are for: a gate that guards nothing.

use std::ops::Range;

use super::roles::repeated;
use crate::policy::glob::Glob;
use crate::policy::problem::{Problems, shown};
use crate::policy::read;
use crate::policy::yaml::Node;

/// The most globs of one policy.
const MOST_GLOBS: usize = 5_000;

/// What globs match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Refs,
    Environments,
    Paths,
}

/// Reads a list of globs; `so_far` counts those of the whole policy.
pub(super) fn read(node: &Node<'_>, subject: Subject, so_far: &mut usize, problems: &mut Problems) -> Vec<Glob> {
    let mut globs: Vec<Glob> = Vec::new();
    let (what, items_are) = match subject {
        Subject::Refs => ("a glob for refs", "globs for refs"),
        Subject::Environments => ("a glob for environments", "globs for environments"),
        Subject::Paths => ("a glob for paths", "globs for paths"),
    };
    for item in read::list(node, items_are, problems).unwrap_or_default() {
        *so_far += 1;
        if *so_far == MOST_GLOBS + 1 {
            problems.error("too-many-globs", &item.span, format!("a policy has at most {MOST_GLOBS} globs"));
        }
        if *so_far > MOST_GLOBS {
            break;
        }
        let Some(text) = read::text(item, what, problems) else { continue };
        match Glob::new(text) {
            Ok(glob) => {
                if globs.contains(&glob) {
                    repeated(text, &item.span, problems);
                } else if can_match(&glob, subject, &item.span, problems) {
                    read::warn_of_mixed_scripts(text, &item.span, what, problems);
                    globs.push(glob);
                }
            }
            Err(error) => {
                let message = format!("`{}` is no glob: {error}", shown(text));
                problems.error("glob-syntax", &item.span, message);
            }
        }
    }
    globs
}

/// Tells whether a glob could match anything; reports it when it could not.
fn can_match(glob: &Glob, subject: Subject, at: &Range<usize>, problems: &mut Problems) -> bool {
    if subject == Subject::Refs {
        for (prefix, whole) in glob.prefixes() {
            if !prefix.starts_with("refs/") && (whole || !"refs/".starts_with(prefix)) {
                let shown = shown(glob.as_str());
                problems
                    .error("ref-not-full", at, format!("`{shown}` names no full ref"))
                    .hint(format!("write `refs/heads/{shown}` for a branch, `refs/tags/{shown}` for a tag"))
                    .consequence("it would match no ref, and the gate would not guard it");
                return false;
            }
        }
    }
    let never = glob.alternatives().iter().find_map(|pattern| match subject {
        Subject::Refs => never_a_ref(pattern),
        Subject::Environments => pattern.starts_with("environment:").then_some("write the environment's name alone"),
        Subject::Paths => never_a_path(pattern),
    });
    if let Some(hint) = never {
        problems
            .error("glob-never-matches", at, format!("`{}` can never match", shown(glob.as_str())))
            .hint(hint)
            .consequence("the gate would not apply where it seems to");
    }
    never.is_none()
}

/// Says why git would not let a ref have a name like this (git-check-ref-format(1)).
fn never_a_ref(pattern: &str) -> Option<&'static str> {
    if pattern.contains([' ', '~', '^', ':']) {
        return Some("a ref's name has no space, `~`, `^` or `:`");
    }
    if pattern.contains('[') {
        return Some("`[…]` is no set here, and a ref's name has no `[`: write `{a,b}`");
    }
    if pattern.contains("..") || pattern.contains("/.") || pattern.contains("@{") {
        return Some("a ref's name has no `..`, no `@{`, and no part that begins with `.`");
    }
    if pattern.contains("//") || pattern.ends_with(['/', '.']) {
        return Some("a ref's name has no empty part and does not end with `.`: for all below write `/**`");
    }
    if pattern.ends_with(".lock") || pattern.contains(".lock/") {
        return Some("no part of a ref's name ends with `.lock`");
    }
    None
}

/// Says why git never shows a path like this.
fn never_a_path(pattern: &str) -> Option<&'static str> {
    if pattern.starts_with('/') {
        return Some("paths begin without `/`, at the top of the repository");
    }
    if pattern.ends_with('/') {
        return Some("a path is that of a file: for all below a directory write `/**`");
    }
    let odd = |part: &str| part.is_empty() || part == "." || part == "..";
    pattern.split('/').any(odd).then_some("a path has no empty part, no `.` and no `..`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_globs_can_match() {
        for pattern in [
            "refs/heads/main",
            "refs/heads/release/**",
            "refs/tags/v*",
            "**",
            "*/heads/x",
            "refs/{heads,tags}/**",
            "r**",
        ] {
            let mut problems = Problems::default();
            assert!(can_match(&Glob::new(pattern).unwrap(), Subject::Refs, &(0..0), &mut problems), "{pattern}");
        }
        for pattern in ["**", "src/**", "*.tf", ".github/**", "a b/c", "**/Cargo.toml"] {
            assert_eq!(never_a_path(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn globs_that_guard_nothing_are_found() {
        for pattern in ["main", "heads/main", "HEAD", "refs", "*main", "{refs/heads/main,next}", "Refs/heads/main"] {
            let mut problems = Problems::default();
            let fine = can_match(&Glob::new(pattern).unwrap(), Subject::Refs, &(0..0), &mut problems);
            assert!(!fine || pattern == "*main", "{pattern}");
        }
        for pattern in
            ["refs/heads/", "refs//x", "refs/heads/a..b", "refs/heads/v[0-9]", "refs/heads/x.lock", "refs/heads/.x"]
        {
            assert!(never_a_ref(pattern).is_some(), "{pattern}");
        }
        for pattern in ["/src/**", "src/", "./src", "a/../b", "a//b"] {
            assert!(never_a_path(pattern).is_some(), "{pattern}");
        }
    }
}

//! Names that a gate's pattern names, to try rules with that GitHub tells by the name only. Pure.

use std::collections::BTreeSet;

use crate::policy::glob::Glob;

/// What stands for any text when a pattern is tried.
const ANY_TEXT: &str = "countersign-probe";
/// How many parts `**` stands for at most: a rule for one level need not hold for the next.
const DEEPEST: usize = 3;

/// Returns names below `below` (`refs/heads/`) that a pattern without braces names, one for each depth; without
/// that beginning.
pub(super) fn names_like(pattern: &str, below: &str) -> BTreeSet<String> {
    let plain: BTreeSet<String> = tried(pattern, below, "");
    let short = below.strip_prefix("refs/").unwrap_or(below);
    // A pattern may begin with what stands for branches and tags alike.
    [short, below]
        .into_iter()
        .fold(plain, |found, kind| if found.is_empty() { tried(pattern, below, kind) } else { found })
}

fn tried(pattern: &str, below: &str, kind: &str) -> BTreeSet<String> {
    let Ok(glob) = Glob::new(pattern) else { return BTreeSet::new() };
    let filled = |depth: usize| {
        let deep = format!("{kind}{}", vec![ANY_TEXT; depth].join("/"));
        let parts: Vec<String> =
            pattern.split("**").map(|part| part.replace('*', ANY_TEXT).replace('?', "x")).collect();
        parts.join(&deep)
    };
    let names = (1..=DEEPEST).map(filled).filter(|name| glob.matches(name));
    names.filter_map(|name| name.strip_prefix(below).map(str::to_owned)).collect()
}

/// Returns the name that `x/**` names besides all that is below it, without `below`.
pub(super) fn root_of(pattern: &str, below: &str) -> Option<String> {
    let root = pattern.strip_suffix("/**")?.strip_prefix(below)?;
    (!root.contains(['*', '?'])).then(|| root.to_owned())
}

/// Returns a pattern as rulesets write it, where `**` goes across parts only before a `/` (GitHub docs, "Creating
/// rulesets", fnmatch).
pub(super) fn for_rulesets(pattern: &str) -> String {
    if pattern.ends_with("/**") { format!("{pattern}/*") } else { pattern.to_owned() }
}

/// Tells whether a ruleset's pattern matches a full ref name; nothing where that is not known here.
pub(super) fn ruleset_matches(pattern: &str, name: &str) -> Option<bool> {
    match pattern {
        "~ALL" => return Some(true),
        "~DEFAULT_BRANCH" => return Some(false),
        _ => {}
    }
    if pattern.contains(['[', ']', '{', '}', '\\']) {
        return None;
    }
    let count = pattern.split('/').count();
    let parts = pattern.split('/').enumerate().map(|(index, part)| {
        let goes_across = part == "**" && index + 1 < count;
        if goes_across { part.to_owned() } else { part.replace("**", "*") }
    });
    let parts: Vec<String> = parts.collect();
    Glob::new(&parts.join("/")).ok().map(|glob| glob.matches(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branches(pattern: &str) -> Vec<String> {
        names_like(pattern, "refs/heads/").into_iter().map(|name| name.replace(ANY_TEXT, "_")).collect()
    }

    #[test]
    fn every_depth_of_a_pattern_is_tried() {
        assert_eq!(branches("refs/heads/release/**"), ["release/_", "release/_/_", "release/_/_/_"]);
        assert_eq!(branches("refs/heads/release/*"), ["release/_"]);
        assert_eq!(branches("refs/heads/v?.*"), ["vx._"]);
        assert_eq!(branches("refs/**"), ["_", "_/_", "_/_/_"]);
        assert_eq!(branches("**"), ["_", "_/_", "_/_/_"]);
        assert_eq!(branches("refs/tags/**"), [] as [&str; 0]);
        assert_eq!(root_of("refs/heads/release/**", "refs/heads/").as_deref(), Some("release"));
        assert_eq!(root_of("refs/heads/*/**", "refs/heads/"), None);
    }

    #[test]
    fn rulesets_match_as_github_says() {
        let matches = |pattern: &str, name: &str| ruleset_matches(pattern, name);
        assert_eq!(matches("refs/tags/v*", "refs/tags/v1"), Some(true));
        assert_eq!(matches("refs/tags/v*", "refs/tags/v1/x"), Some(false));
        assert_eq!(matches("refs/tags/**", "refs/tags/a/b"), Some(false), "`**` at the end is `*`");
        assert_eq!(matches("refs/tags/**/*", "refs/tags/a/b"), Some(true));
        assert_eq!(matches("refs/tags/**/*", "refs/tags/a"), Some(true));
        assert_eq!(matches("~ALL", "refs/tags/a"), Some(true));
        assert_eq!(matches("refs/tags/[0-9]*", "refs/tags/1"), None, "not known here");
        assert_eq!(for_rulesets("refs/heads/release/**"), "refs/heads/release/**/*");
    }
}

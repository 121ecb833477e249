//! What `kubectl diff` prints: a unified diff between two folders, `LIVE-…` and `MERGED-…`, with one file for each
//! object, called `[GROUP.]VERSION.KIND.NAMESPACE.NAME`.
//!
//! Source: the reference of `kubectl diff` (it runs `diff -u -N`), and POSIX `diff`, "Diff -u Output Format". Lines
//! are counted as the hunks say, so that no line of an object can pass for one of the diff.

use super::kubernetes::Object;
use super::{Effect, Loss, LossKind, Unreadable};

/// The start of the line before each object.
pub(super) const START: &str = "diff -u -N ";

/// Returns what a diff does.
///
/// # Errors
/// [`Unreadable`] when it is none of `kubectl diff` with the `diff` that it runs by default.
pub(super) fn effect(bytes: &[u8]) -> Result<Effect, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable("the diff is no UTF-8".to_owned()))?;
    let mut lines = Lines { rest: text.lines(), number: 0 };
    let mut effect = Effect::default();
    while let Some(line) = lines.next() {
        let files = line.strip_prefix(START).and_then(|files| files.split_once(' '));
        let name = files.and_then(|(live, merged)| name_of(live, merged));
        let object = name.and_then(object_of).ok_or_else(|| lines.unexpected("names no object"))?;
        let change = change(&mut lines)?;
        effect.existing += usize::from(change.is_there);
        effect.losses.extend(loss(&object, &change));
    }
    Ok(effect)
}

/// What is changed about one object.
#[derive(Default)]
struct Change {
    is_there: bool,
    goes: bool,
    has_new_identity: bool,
    is_being_deleted: bool,
}

fn loss(object: &Object<'_>, change: &Change) -> Option<Loss> {
    if !change.is_there {
        return None;
    }
    if change.goes || change.is_being_deleted {
        return Some(object.gone());
    }
    if change.has_new_identity {
        let why = Some("its uid changes".to_owned());
        return Some(Loss { address: object.address(), how: LossKind::Replaced, why });
    }
    object.changed()
}

/// Reads the hunks of one object.
fn change(lines: &mut Lines<'_>) -> Result<Change, Unreadable> {
    for sign in ["--- ", "+++ "] {
        let line = lines.next().filter(|line| line.starts_with(sign));
        line.ok_or_else(|| lines.unexpected("lacks the names of its files"))?;
    }
    let mut change = Change::default();
    let mut is_first = true;
    while lines.peek().is_some_and(|line| line.starts_with("@@ ")) {
        let (old, new) = lines.next().and_then(counts).ok_or_else(|| lines.unexpected("has a malformed hunk"))?;
        // Only the single hunk of a file that is not there, or will not be, has no lines on one side at line 0.
        change.is_there |= !(is_first && old == Range { start: 0, count: 0 });
        change.goes |= is_first && new == Range { start: 0, count: 0 };
        is_first = false;
        hunk(lines, old.count, new.count, &mut change)?;
    }
    if is_first { Err(lines.unexpected("has no hunks")) } else { Ok(change) }
}

fn hunk(lines: &mut Lines<'_>, mut old: usize, mut new: usize, change: &mut Change) -> Result<(), Unreadable> {
    let mut removed_uid = None;
    while old > 0 || new > 0 {
        let line = lines.next().ok_or_else(|| lines.unexpected("ends too early"))?;
        let (sign, rest) = line.split_at_checked(1).unwrap_or((" ", ""));
        let took = match sign {
            " " => (1, 1),
            "-" => (1, 0),
            "+" => (0, 1),
            "\\" => (0, 0),
            _ => return Err(lines.unexpected("has a malformed line")),
        };
        let fits = old.checked_sub(took.0).zip(new.checked_sub(took.1));
        (old, new) = fits.ok_or_else(|| lines.unexpected("has more lines than its hunks say"))?;
        match (sign, rest.strip_prefix("  uid: ")) {
            ("-", Some(uid)) => removed_uid = Some(uid),
            ("+", Some(uid)) => change.has_new_identity |= removed_uid.is_some_and(|before| before != uid),
            _ => {}
        }
        change.is_being_deleted |= sign == "+" && rest.starts_with("  deletionTimestamp: ");
    }
    while lines.peek().is_some_and(|line| line.starts_with('\\')) {
        lines.next();
    }
    Ok(())
}

/// A hunk's lines on one side.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Range {
    start: usize,
    count: usize,
}

/// Reads `@@ -1,7 +1,8 @@`.
fn counts(line: &str) -> Option<(Range, Range)> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some(Range { start: start.parse().ok()?, count: count.parse().ok()? })
    };
    Some((range(old)?, range(new)?))
}

/// Returns the name of the file that both sides have.
fn name_of<'a>(live: &'a str, merged: &str) -> Option<&'a str> {
    let (live_folder, name) = live.rsplit_once('/')?;
    let (merged_folder, same) = merged.rsplit_once('/')?;
    let folder = |path: &str, word: &str| path.rsplit('/').next().is_some_and(|last| last.starts_with(word));
    (name == same && folder(live_folder, "LIVE-") && folder(merged_folder, "MERGED-")).then_some(name)
}

/// Takes a file's name apart. Groups and versions are in small letters, kinds begin with a capital, and namespaces have
/// no dots.
fn object_of(name: &str) -> Option<Object<'_>> {
    let mut place = 0;
    for part in name.split('.') {
        if part.starts_with(|first: char| first.is_ascii_uppercase()) {
            let rest = name.get(place + part.len() + 1..)?;
            let (namespace, name) = rest.split_once('.')?;
            return (place > 0 && !name.is_empty()).then_some(Object { kind: part, namespace, name });
        }
        place += part.len() + 1;
    }
    None
}

/// The lines of a diff, with their numbers.
struct Lines<'a> {
    rest: std::str::Lines<'a>,
    number: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a str> {
        self.number += 1;
        self.rest.next()
    }

    fn peek(&self) -> Option<&'a str> {
        self.rest.clone().next()
    }

    fn unexpected(&self, what: &str) -> Unreadable {
        Unreadable(format!("the diff {what}, line {}; give what `kubectl diff` prints, unchanged", self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(name: &str, hunks: &str) -> String {
        let (live, merged) = (format!("/tmp/LIVE-1/{name}"), format!("/tmp/MERGED-2/{name}"));
        format!("diff -u -N {live} {merged}\n--- {live}\t2026-11-22\n+++ {merged}\t2026-11-22\n{hunks}")
    }

    fn lost(text: &str) -> Vec<String> {
        let losses = effect(text.as_bytes()).unwrap().losses;
        losses.into_iter().map(|loss| format!("{}: {}", loss.how, loss.address)).collect()
    }

    const CHANGED: &str = "@@ -1,3 +1,3 @@\n spec:\n-  replicas: 1\n+  replicas: 2\n   x: y\n";
    const GONE: &str = "@@ -1,2 +0,0 @@\n-kind: x\n-spec: y\n";
    const MADE: &str = "@@ -0,0 +1,2 @@\n+kind: x\n+spec: y\n";

    #[test]
    fn what_goes_is_told_from_what_changes() {
        let all = [
            diff("apps.v1.Deployment.default.web", CHANGED),
            diff("v1.ConfigMap.default.old.settings", GONE),
            diff("v1.Namespace..shop", GONE),
            diff("v1.Secret.default.new", MADE),
            diff("v1.PersistentVolumeClaim.default.data", CHANGED),
            diff("apiextensions.k8s.io.v1.CustomResourceDefinition..shops.example.com", CHANGED),
        ];
        let text = all.concat();
        let expected = [
            "destroyed: ConfigMap default/old.settings",
            "destroyed: Namespace shop",
            "may be replaced: PersistentVolumeClaim default/data",
            "may be replaced: CustomResourceDefinition shops.example.com",
        ];
        assert_eq!(lost(&text), expected);
        assert_eq!(effect(text.as_bytes()).unwrap().existing, 5);
        assert_eq!(effect(b"").unwrap(), Effect::default());
    }

    #[test]
    fn another_identity_is_another_object() {
        let hunk = "@@ -1,2 +1,2 @@\n metadata:\n-  uid: 1\n+  uid: 2\n";
        assert_eq!(lost(&diff("v1.Pod.default.web", hunk)), ["replaced: Pod default/web"]);
        let going = "@@ -1 +1,2 @@\n metadata:\n+  deletionTimestamp: \"2026-11-22T10:00:00Z\"\n";
        assert_eq!(lost(&diff("v1.Pod.default.web", going)), ["destroyed: Pod default/web"]);
    }

    #[test]
    fn no_line_of_an_object_passes_for_one_of_the_diff() {
        let hidden = "@@ -1,3 +1,1 @@\n-diff -u -N a b\n--- a\n kind: x\n\\ No newline at end of file\n";
        assert_eq!(lost(&diff("v1.Pod.default.web", hidden)), Vec::<String>::new());
        for text in [
            "some words".to_owned(),
            diff("v1.Pod.default.web", ""),
            diff("v1.Pod.default.web", "@@ -1,9 +1,9 @@\n x\n"),
            diff("v1.Pod.default.web", "@@ -1 +1 @@\n x\n y\n"),
            diff("v1.Pod.default.web", "@@ -1,2 +1 @@\n-x\n+y\n+z\n"),
            diff("v1.pod.default.web", CHANGED),
            diff("v1.Pod.web", CHANGED),
            CHANGED.to_owned(),
            diff("v1.Pod.default.web", CHANGED).replace("LIVE-", "OLD-"),
            diff("v1.Pod.default.web", CHANGED).replace("diff -u -N", "diff -u"),
        ] {
            assert!(effect(text.as_bytes()).is_err(), "{text}");
        }
        assert!(effect(b"\xff").is_err());
    }
}

//! Names of commits as people write them: each must mean one thing only, or nobody knows what is signed.
//!
//! Git takes the first ref that answers to a short name (gitrevisions(7), `<refname>`), and any ref
//! before a commit whose id begins so. Whoever may push a tag chooses what such a name means.

use anyhow::{Result, bail};

use crate::adapters::git::Repository;
use crate::model::terminal_safe;

/// The fewest digits that are taken for the start of an id whatever else there is.
const ABBREVIATED: usize = 7;

/// Where git looks for a ref of a short name.
const PLACES: [(&str, &str); 5] =
    [("refs/", ""), ("refs/tags/", ""), ("refs/heads/", ""), ("refs/remotes/", ""), ("refs/remotes/", "/HEAD")];

/// Refuses a revision whose name several refs answer to, or a ref as well as an abbreviated id; and a
/// full name that is not there, since git would look for it below `refs/heads/` and elsewhere.
///
/// # Errors
/// When the revision is such a one.
pub fn refuse_ambiguous(repository: &Repository, revision: &str) -> Result<()> {
    let name = name_in(revision);
    let is_hexadecimal = name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if name.is_empty() || (is_hexadecimal && name.len() == repository.hash().length() * 2) {
        return Ok(());
    }
    let mut named = refs_named(repository, name);
    let shown = terminal_safe(name);
    if matches!(name, "@" | "HEAD") {
        named.retain(|full| full.starts_with("refs/heads/") || full.starts_with("refs/tags/"));
        if !named.is_empty() {
            bail!("`{shown}` is also the name of {}; write the commit's id in full", listed(&named));
        }
        return Ok(());
    }
    if name.starts_with("refs/") {
        if named.first().is_some_and(|first| first != name) {
            bail!("there is no ref `{shown}` here, only {}", listed(&named));
        }
        return Ok(());
    }
    if is_hexadecimal && name.len() >= ABBREVIATED && !named.is_empty() {
        bail!(
            "`{shown}` may be the start of a commit's id, and is the name of {}; write the one that you mean in full",
            listed(&named)
        );
    }
    if named.len() > 1 {
        bail!("`{shown}` is the name of {}; write the one that you mean in full", listed(&named));
    }
    Ok(())
}

/// Returns the name that a revision begins with: what stands before `~`, `^`, `:` or `@{`.
pub fn name_in(revision: &str) -> &str {
    let name = revision.split(['~', '^', ':']).next().unwrap_or_default();
    name.split_once("@{").map_or(name, |(name, _)| name)
}

/// Returns the full names of all refs that answer to a name. One that cannot be read may do so.
fn refs_named(repository: &Repository, name: &str) -> Vec<String> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_.-".contains(&byte));
    let exists = |full: &String| repository.read_ref(full.as_bytes()).map_or(is_plain, |tip| tip.is_some());
    let exact = matches!(repository.read_ref(name.as_bytes()), Ok(Some(_))).then(|| name.to_owned());
    let elsewhere = PLACES.iter().map(|(before, after)| format!("{before}{name}{after}")).filter(exists);
    exact.into_iter().chain(elsewhere).collect()
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| terminal_safe(name)).collect();
    names.join(" and of ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_begins_with_a_name() {
        for (revision, name) in
            [("main", "main"), ("main~2^{commit}", "main"), ("v1^", "v1"), ("a@{1}", "a"), ("@{u}", ""), ("@", "@")]
        {
            assert_eq!(name_in(revision), name);
        }
    }
}

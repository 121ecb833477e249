//! Since when people hold their roles, as far as the history of the policy's file tells.
//!
//! Commits are dated by whoever made them: this is for people who look, and nothing is decided by it.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use crate::cli::Shell;
use crate::cli::client::Client;
use crate::policy::{Policy, load};
use crate::render::roster::Since;

/// The most versions that are looked at.
const MOST_VERSIONS: &str = "--max-count=500";

/// Returns since when without a break; nothing where the file is in no repository, or nobody committed it.
pub(super) fn since(path: &Path, policy: &Policy, shell: &Shell<'_>) -> Since {
    let path = shell.directory.join(path);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Since::new();
    };
    let Ok(client) = Client::open_in(folder, shell) else { return Since::new() };
    let file = format!("./{name}");
    let versions =
        client.git(&["log", "--no-show-signature", "--format=%H %cI", MOST_VERSIONS, "--", &file]).unwrap_or_default();
    let mut held = holders(policy);
    let mut since = Since::new();
    for line in String::from_utf8_lossy(&versions).lines() {
        let Some((commit, at)) = line.split_once(' ') else { break };
        let (Ok(at), Ok(bytes)) =
            (at.parse::<Timestamp>(), client.git(&["cat-file", "blob", &format!("{commit}:{file}")]))
        else {
            break;
        };
        // A version that does not load was in force nowhere, and says nothing.
        let Ok(version) = load(&bytes, name) else { continue };
        let then = holders(&version.policy);
        held.retain(|one| then.contains(one));
        since.extend(held.iter().map(|one| (one.clone(), at)));
    }
    since
}

/// Returns who is named for which role: role and person.
fn holders(policy: &Policy) -> BTreeSet<(String, String)> {
    let people = |(name, role): (&String, &crate::policy::Role)| {
        role.people.iter().map(|person| (name.clone(), person.clone())).collect::<Vec<_>>()
    };
    policy.roles.iter().flat_map(people).collect()
}

//! The range of commits that a person names: `OLD..NEW`, or one commit.

use anyhow::{Result, anyhow, bail};

use super::Usage;
use super::client::Client;
use crate::model::{Action, Oid, Target};

/// Both ends of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Where it starts: the target's old tip.
    pub from: Option<Oid>,
    /// Where it ends.
    pub head: Oid,
}

/// Resolves a range. For one commit the start is its merge base with the target, as far as it is
/// known here.
///
/// # Errors
/// When an end names no commit.
pub fn resolve(client: &Client, text: &str, target: &Target, remote: Option<&str>) -> Result<Range> {
    if text.contains("...") {
        bail!(Usage("`A...B` is no range here; write OLD..NEW".to_owned()));
    }
    if let Some((old, new)) = text.split_once("..") {
        let or_head = |revision: &str| if revision.is_empty() { "HEAD".to_owned() } else { revision.to_owned() };
        return Ok(Range { from: Some(client.commit(&or_head(old))?), head: client.commit(&or_head(new))? });
    }
    let head = client.commit(text)?;
    let Some(tip) = known_tip(client, target, remote, head) else { return Ok(Range { from: None, head }) };
    let bases = client.repository.merge_bases(tip, head)?;
    let from = bases.into_iter().min().ok_or_else(|| anyhow!("the commit shares no history with {target}"))?;
    Ok(Range { from: Some(from), head })
}

/// Makes sure that something is brought to a ref: a signature for nothing looks like one for what somebody meant.
///
/// # Errors
/// When both ends are the same.
pub fn expect_something(range: &Range, target: &Target, action: Action) -> Result<()> {
    if action == Action::Update && range.from == Some(range.head) {
        bail!(
            "there is nothing to sign: as far as is known here, {target} has {} already; name both ends, OLD..NEW",
            range.head
        );
    }
    Ok(())
}

/// Returns the target's tip as it is known here: what was fetched of it, else the local ref. One that is at the head
/// itself is where somebody worked, and says nothing about the server's.
fn known_tip(client: &Client, target: &Target, remote: Option<&str>, head: Oid) -> Option<Oid> {
    let name = target.as_ref_name()?;
    let fetched = name
        .strip_prefix("refs/heads/")
        .and_then(|branch| client.commit(&format!("refs/remotes/{}/{branch}", remote.unwrap_or("origin"))).ok());
    fetched.or_else(|| client.commit(name).ok().filter(|tip| *tip != head))
}

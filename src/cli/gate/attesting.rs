//! `countersign gate --attest FILE`: the verdict, signed, for whoever has only the gate's public key.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::judge::{Answer, Question};
use super::site::Site;
use crate::adapters::attestation_file;
use crate::audit::attest::Attestation;
use crate::audit::ledger::Ledger;
use crate::cli::Shell;
use crate::cli::client::Client;
use crate::model::{Oid, Target};

/// The most refs that are named: a commit may be the tip of thousands.
const MOST_REFS: usize = 32;

/// Takes away the verdict of an earlier run, so that it is not taken for the one of this run, which may not come to
/// one.
///
/// # Errors
/// When it is there and cannot be taken away.
pub fn clear(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("taking away the earlier verdict {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Writes the verdict, permit or refusal, if the ledger has it.
///
/// # Errors
/// When it cannot be read back, signed or written.
pub fn write(
    path: &Path,
    answer: &Answer,
    question: &Question<'_>,
    site: &Site<'_>,
    ledger: &mut dyn Ledger,
    shell: &Shell<'_>,
) -> Result<()> {
    let Some(receipt) = answer.receipt else { return Ok(()) };
    let head = question.candidate.commit;
    let tree = site.client.repository.tree_of(head)?;
    let complete = ledger.complete_entry(receipt.entry)?;
    let said = Attestation::of_entry(&complete, tree).context("the ledger's entry is no verdict")?;
    let said =
        Attestation { plan: question.plan.map(|plan| plan.digest), source_refs: refs_at(&site.client, head)?, ..said };
    attestation_file::write(path, &said.sign(&site.key(shell)?)?)
        .with_context(|| format!("writing the signed verdict {}", path.display()))
}

/// Returns branches and tags that point to a commit.
fn refs_at(client: &Client, head: Oid) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for folder in [&b"refs/heads/"[..], b"refs/tags/"] {
        let there = client.repository.refs(folder)?.into_iter().filter(|reference| reference.oid == head);
        names.extend(there.map(|reference| Target::from_ref_bytes(&reference.name).to_string()));
    }
    names.sort();
    names.truncate(MOST_REFS);
    Ok(names)
}

//! The policy documents of a repository and of its owner, byte for byte as git holds them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use serde::Deserialize;

use super::super::client::{Call, Caller, Client};
use super::super::names::segment;
use super::super::usage::Api;
use super::oid;
use super::query::{Blob, File, PolicyHolder, Tip};
use crate::facts::Fact;
use crate::forge::{ForgeError, PolicyDocument, RepositoryName};
use crate::model::Oid;

/// A larger policy is not read, in bytes.
const LARGEST_POLICY: u64 = 1 << 20;

/// A blob in an answer of REST.
#[derive(Deserialize)]
struct BlobAnswer {
    content: String,
    encoding: String,
}

/// Returns the policy at the tip of a repository's default branch. An error is one that asking again
/// may cure; what it cannot cure is an unknown fact.
pub(super) async fn policy(
    client: &Client,
    installation: u64,
    repository: &RepositoryName,
    holder: &PolicyHolder,
) -> Result<Fact<Option<PolicyDocument>>, ForgeError> {
    let Some(branch) = &holder.default_branch_ref else { return Ok(Fact::Known(None)) };
    let Some(tip) = &branch.target else {
        return Ok(Fact::Unknown("the default branch leads nowhere".to_owned()));
    };
    match document(client, installation, repository, tip).await {
        Ok(document) => Ok(Fact::Known(document)),
        Err(error) if error.is_passing() => Err(error),
        Err(error) => Ok(Fact::Unknown(error.to_string())),
    }
}

async fn document(
    client: &Client,
    installation: u64,
    repository: &RepositoryName,
    tip: &Tip,
) -> Result<Option<PolicyDocument>, ForgeError> {
    let commit = oid(&tip.oid)?;
    let Some(file) = &tip.file else { return Ok(None) };
    let blob = regular_file(file)?;
    let id = oid(&blob.oid)?;
    if blob.byte_size.is_none_or(|size| size > LARGEST_POLICY) {
        return Err(ForgeError::Unreadable(format!("the policy has more than {LARGEST_POLICY} bytes")));
    }
    if let Some(text) = inline(blob)
        && is_blob(text, id)
    {
        return Ok(Some(PolicyDocument { commit, text: text.to_vec() }));
    }
    // GraphQL gives text, cut where it is long and changed where it is no UTF-8; REST gives bytes.
    let text = whole_blob(client, installation, repository, id).await?;
    Ok(Some(PolicyDocument { commit, text }))
}

/// Refuses folders, submodules and symbolic links in the policy's place.
fn regular_file(file: &File) -> Result<&Blob, ForgeError> {
    const FORMAT: u32 = 0o170_000;
    const REGULAR: u32 = 0o100_000;
    match &file.object {
        Some(blob) if file.kind == "blob" && file.mode & FORMAT == REGULAR => Ok(blob),
        _ => Err(ForgeError::Unreadable("what stands in the policy's place is no file".to_owned())),
    }
}

fn inline(blob: &Blob) -> Option<&[u8]> {
    let whole = blob.is_truncated == Some(false) && blob.is_binary == Some(false);
    blob.text.as_deref().filter(|_| whole).map(str::as_bytes)
}

async fn whole_blob(
    client: &Client,
    installation: u64,
    repository: &RepositoryName,
    id: Oid,
) -> Result<Vec<u8>, ForgeError> {
    let url =
        client.rest_url(&format!("/repos/{}/{}/git/blobs/{id}", segment(&repository.owner), segment(&repository.name)));
    let call = Call { api: Api::Rest, method: Method::GET, url, body: None };
    let blob: BlobAnswer = client.call(Caller::Installation(installation), &call).await?.read()?;
    let unreadable = || ForgeError::Unreadable("the policy's content cannot be read".to_owned());
    if blob.encoding != "base64" {
        return Err(unreadable());
    }
    let packed: String = blob.content.split_ascii_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(packed).map_err(|_| unreadable())?;
    if is_blob(&bytes, id) { Ok(bytes) } else { Err(unreadable()) }
}

/// Tells whether bytes are the blob of that name.
fn is_blob(bytes: &[u8], id: Oid) -> bool {
    git2::Oid::hash_object(git2::ObjectType::Blob, bytes).is_ok_and(|hash| hash.as_bytes() == id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(mode: u32, kind: &str) -> File {
        let blob = serde_json::json!({"oid": "x", "text": "a", "isTruncated": false, "isBinary": false, "byteSize": 1});
        serde_json::from_value(serde_json::json!({"mode": mode, "type": kind, "object": blob})).unwrap()
    }

    #[test]
    fn only_a_file_is_a_policy() {
        assert!(regular_file(&file(0o100_644, "blob")).is_ok());
        assert!(regular_file(&file(0o100_755, "blob")).is_ok());
        assert!(regular_file(&file(0o120_000, "blob")).is_err());
        assert!(regular_file(&file(0o040_000, "tree")).is_err());
    }

    #[test]
    fn bytes_are_checked_against_their_name() {
        let empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391".parse().unwrap();
        assert!(is_blob(b"", empty));
        assert!(!is_blob(b"x", empty));
    }
}

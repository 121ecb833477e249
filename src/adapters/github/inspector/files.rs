//! Files on a branch, by way of REST: the policy and the workflows, without a clone.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::super::names::segment;
use super::super::redaction::quote;
use super::{Inspector, below};
use crate::forge::{ForgeError, RepositoryName};

/// A larger file is not read, in bytes: above this GitHub gives none either ("Get repository content").
const LARGEST_FILE: u64 = 1 << 20;

/// What stands at a path.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
    content: Option<String>,
    encoding: Option<String>,
}

/// A file or a folder.
#[derive(Deserialize)]
#[serde(untagged)]
enum Found {
    Folder(Vec<Entry>),
    File(Entry),
}

impl Inspector {
    /// Reads a file of the repository's default branch; none where there is none.
    ///
    /// # Errors
    /// [`ForgeError`], also where something else than a file stands there.
    pub async fn file(&self, name: &RepositoryName, path: &str) -> Result<Option<Vec<u8>>, ForgeError> {
        let no_file = || ForgeError::Unreadable(format!("what stands at {} is no file", quote(path)));
        let entry = match self.at(name, path).await? {
            None => return Ok(None),
            Some(Found::File(entry)) if entry.kind == "file" => entry,
            Some(_) => return Err(no_file()),
        };
        if entry.size > LARGEST_FILE || entry.encoding.as_deref() != Some("base64") {
            return Err(ForgeError::Unreadable(format!("{} has more than {LARGEST_FILE} bytes", quote(path))));
        }
        let packed: String = entry.content.unwrap_or_default().split_ascii_whitespace().collect();
        BASE64_STANDARD.decode(packed).map(Some).map_err(|_| no_file())
    }

    /// Lists the files in a folder of the repository's default branch; none where there is no such folder.
    /// GitHub lists at most 1,000.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub async fn files_in(&self, name: &RepositoryName, folder: &str) -> Result<Vec<String>, ForgeError> {
        match self.at(name, folder).await? {
            Some(Found::Folder(entries)) => {
                Ok(entries.into_iter().filter(|entry| entry.kind == "file").map(|entry| entry.path).collect())
            }
            Some(Found::File(_)) | None => Ok(Vec::new()),
        }
    }

    async fn at(&self, name: &RepositoryName, path: &str) -> Result<Option<Found>, ForgeError> {
        match self.one(&below(name, &format!("/contents/{}", segment(path)))).await {
            Ok(found) => Ok(Some(found)),
            Err(ForgeError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

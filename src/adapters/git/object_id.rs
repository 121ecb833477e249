//! The id of an object, computed from its content as git does; see gitformat-pack(5), "object name".

use std::path::Path;

use git2::{ObjectFormat, ObjectType};

use super::{GitError, Hash, Repository};
use crate::model::Oid;
use crate::objects::ObjectKind;

impl Hash {
    /// Returns the id of an object with this content.
    pub(super) fn id_of(self, kind: ObjectKind, content: &[u8]) -> Result<Oid, GitError> {
        let kind = match kind {
            ObjectKind::Blob => ObjectType::Blob,
            ObjectKind::Tree => ObjectType::Tree,
            ObjectKind::Commit => ObjectType::Commit,
            ObjectKind::Tag => ObjectType::Tag,
        };
        let format = match self {
            Self::Sha1 => ObjectFormat::Sha1,
            Self::Sha256 => ObjectFormat::Sha256,
        };
        let id = git2::Oid::hash_object_ext(kind, content, format)?;
        let raw = id.as_bytes().get(..self.length()).unwrap_or_default();
        Oid::from_bytes(raw).map_err(|error| GitError::corrupt(Path::new("objects"), error.to_string()))
    }
}

impl Repository {
    /// Makes every object that is read from now on be one that its id names, and everything be read from the objects
    /// themselves. Git does so when it fetches; whoever hands over a whole repository, as caches of pipelines do, can
    /// put any content under any id.
    pub fn check_ids(&mut self) {
        self.checks_ids = true;
    }

    /// Refuses content that is not what the id names.
    pub(super) fn check_id(&self, oid: Oid, kind: ObjectKind, content: &[u8]) -> Result<(), GitError> {
        if self.checks_ids && self.hash.id_of(kind, content)? != oid {
            let why = format!("the object {oid} is not what it is called after");
            return Err(GitError::corrupt(&self.common_dir.join("objects"), why));
        }
        Ok(())
    }
}

//! Every repository below a folder, and what lies there and looks like one.

use std::fs;
use std::path::{Path, PathBuf};

/// How deep folders are looked into.
const DEPTH: usize = 16;

/// What was found below a folder, in the order of the paths.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The bare repositories.
    pub repositories: Vec<Place>,
    /// What was not looked into, and why.
    pub skipped: Vec<(PathBuf, String)>,
    /// How many of `skipped` nobody could look into.
    pub unreadable: usize,
}

/// A bare repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the folder.
    pub below: PathBuf,
    /// Where it borrows objects from, as its own file says.
    pub borrows: Vec<String>,
}

impl Place {
    /// Returns the name that a prefix and the path give: `acme` and `shop/web.git` are `acme/shop/web`.
    /// None where the path is no text.
    #[must_use]
    pub fn name(&self, prefix: &str) -> Option<String> {
        let path = self.below.to_str()?;
        let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
        Some(format!("{prefix}{slash}{}", path.strip_suffix(".git").unwrap_or(path)))
    }
}

/// Looks below a folder. Symbolic links are not followed: a repository has one place.
///
/// # Errors
/// When the folder itself cannot be read.
pub fn take(root: &Path) -> std::io::Result<Inventory> {
    let root = root.canonicalize()?;
    let mut inventory = Inventory::default();
    fs::read_dir(&root)?;
    if is_repository(&root) {
        inventory.repositories.push(place(&root, Path::new(root.file_name().unwrap_or_default())));
        return Ok(inventory);
    }
    walk(&root, &root, DEPTH, &mut inventory);
    Ok(inventory)
}

fn walk(root: &Path, folder: &Path, depth: usize, inventory: &mut Inventory) {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            inventory.unreadable += 1;
            return inventory.skipped.push((folder.to_owned(), format!("cannot be read: {error}")));
        }
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        let below = path.strip_prefix(root).unwrap_or(&path);
        if kind.is_symlink() {
            if path.is_dir() {
                inventory
                    .skipped
                    .push((path, "a symbolic link; what it stands for is looked at where it is".to_owned()));
            }
        } else if !kind.is_dir() {
            // Files are no repositories.
        } else if entry.file_name() == ".git" {
            inventory.skipped.push((path, "belongs to a working tree, and is not bare".to_owned()));
        } else if is_repository(&path) {
            let found = place(&path, below);
            inventory.repositories.push(found);
        } else if depth == 0 {
            inventory.unreadable += 1;
            inventory.skipped.push((path, format!("lies more than {DEPTH} folders deep")));
        } else {
            let before = (inventory.repositories.len(), inventory.unreadable);
            walk(root, &path, depth - 1, inventory);
            let is_empty = before == (inventory.repositories.len(), inventory.unreadable);
            if is_empty && path.extension().is_some_and(|ending| ending == "git") {
                inventory.skipped.push((path, "is named like a repository, and is none".to_owned()));
            }
        }
    }
}

/// Tells whether git would take a folder for a git directory; see gitrepository-layout(5).
fn is_repository(path: &Path) -> bool {
    path.join("HEAD").symlink_metadata().is_ok() && path.join("objects").is_dir() && path.join("refs").is_dir()
}

fn place(path: &Path, below: &Path) -> Place {
    let text = fs::read(path.join("objects/info/alternates")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    Place { path: path.to_owned(), below: below.to_owned(), borrows: lines.map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_prefix_and_the_path() {
        let place = |path: &str| Place { path: PathBuf::new(), below: path.into(), borrows: Vec::new() };
        for prefix in ["acme/", "acme"] {
            assert_eq!(place("shop/web.git").name(prefix).unwrap(), "acme/shop/web");
            assert_eq!(place("shop").name(prefix).unwrap(), "acme/shop");
        }
        assert_eq!(place("acme/shop.git").name("").unwrap(), "acme/shop");
    }
}

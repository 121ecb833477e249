//! Settings in a repository's own `config` file: never the system's or a user's, which somebody
//! else may write.

use std::collections::BTreeMap;
use std::path::Path;

use git2::{Config, ConfigLevel};

/// Why the settings could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the settings in `{path}` could not be {what}: {cause}")]
pub struct ConfigError {
    path: String,
    what: &'static str,
    cause: git2::Error,
}

/// Returns every setting whose name starts with `prefix` (lower case, as git folds section and
/// key), the last of several winning.
///
/// # Errors
/// [`ConfigError`] when the file cannot be read.
pub fn read(config_file: &Path, prefix: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let failed = |cause| ConfigError { path: config_file.display().to_string(), what: "read", cause };
    let config = open(config_file).map_err(failed)?;
    let mut found = BTreeMap::new();
    let mut entries = config.entries(None).map_err(failed)?;
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(failed)?;
        let (Ok(name), Ok(value)) = (entry.name(), entry.value()) else { continue };
        if name.starts_with(prefix) {
            found.insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(found)
}

/// Sets one value, replacing what stood there.
///
/// # Errors
/// [`ConfigError`] when the file cannot be written.
pub fn set(config_file: &Path, name: &str, value: &str) -> Result<(), ConfigError> {
    let failed = |cause| ConfigError { path: config_file.display().to_string(), what: "written", cause };
    open(config_file).and_then(|mut config| config.set_str(name, value)).map_err(failed)
}

/// Adds a value to a setting that may have several, unless it is there.
///
/// # Errors
/// [`ConfigError`] when the file cannot be written.
pub fn add(config_file: &Path, name: &str, value: &str) -> Result<(), ConfigError> {
    let failed = |cause| ConfigError { path: config_file.display().to_string(), what: "written", cause };
    let exactly = format!("^{}$", escape(value));
    open(config_file).and_then(|mut config| config.set_multivar(name, &exactly, value)).map_err(failed)
}

/// Removes one value of a setting that may have several.
///
/// # Errors
/// [`ConfigError`] when the file cannot be written.
pub fn remove(config_file: &Path, name: &str, value: &str) -> Result<(), ConfigError> {
    let failed = |cause| ConfigError { path: config_file.display().to_string(), what: "written", cause };
    let exactly = format!("^{}$", escape(value));
    match open(config_file).and_then(|mut config| config.remove_multivar(name, &exactly)) {
        Err(error) if error.code() != git2::ErrorCode::NotFound => Err(failed(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes a setting; one that is not there is fine.
///
/// # Errors
/// [`ConfigError`] when the file cannot be written.
pub fn unset(config_file: &Path, name: &str) -> Result<(), ConfigError> {
    let failed = |cause| ConfigError { path: config_file.display().to_string(), what: "written", cause };
    match open(config_file).and_then(|mut config| config.remove(name)) {
        Err(error) if error.code() != git2::ErrorCode::NotFound => Err(failed(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn open(config_file: &Path) -> Result<Config, git2::Error> {
    let mut config = Config::new()?;
    config.add_file(config_file, ConfigLevel::Local, true)?;
    Ok(config)
}

/// Escapes what is special in the POSIX regular expressions that git config takes.
fn escape(value: &str) -> String {
    let special = |c: char| "\\^$.[]|()?*+{}".contains(c);
    value.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_round_trip() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config");
        std::fs::write(&file, "[core]\n\tbare = true\n").unwrap();
        set(&file, "countersign.repository", "acme/shop").unwrap();
        set(&file, "countersign.policyRef", "refs/heads/policy:a b/policy.yaml").unwrap();
        add(&file, "transfer.hideRefs", "refs/a.b").unwrap();
        add(&file, "transfer.hideRefs", "refs/c").unwrap();
        add(&file, "transfer.hideRefs", "refs/c").unwrap();
        let found = read(&file, "countersign.").unwrap();
        assert_eq!(found["countersign.repository"], "acme/shop");
        assert_eq!(found["countersign.policyref"], "refs/heads/policy:a b/policy.yaml");
        remove(&file, "transfer.hideRefs", "refs/a.b").unwrap();
        unset(&file, "countersign.repository").unwrap();
        unset(&file, "countersign.repository").unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.matches("hideRefs").count(), 1);
        assert!(!text.contains("acme/shop"));
    }

    #[test]
    fn a_file_that_is_not_there_has_no_settings() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(&dir.path().join("config"), "countersign.").map_or(true, |found| found.is_empty()));
    }
}

//! What `install` wrote down about a repository: its name, its policy, its server, its ledger.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::pusher::ServerKind;

/// The prefix of all settings, as git folds it.
pub const PREFIX: &str = "countersign.";

/// A repository's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name by which records and the ledger know it.
    pub repository: String,
    /// The policy file on the server.
    pub policy_file: Option<PathBuf>,
    /// The place of the policy in the repository: full ref and path.
    pub policy_ref: Option<(String, String)>,
    /// Who says who pushes.
    pub server: ServerKind,
    /// The ledger's database.
    pub ledger: PathBuf,
    /// The gate's private key.
    pub key: PathBuf,
    /// Whether verdicts on landings claim level 4 of SLSA's source track where its conditions hold.
    pub claims_source_level: bool,
}

/// Why the settings are not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A setting that must be there is not.
    #[error("the repository's setting `{0}` is missing")]
    Missing(&'static str),
    /// A setting has no meaning.
    #[error("the repository's setting `{0}` is not understood: {1}")]
    Malformed(&'static str, String),
}

impl Settings {
    /// Reads the settings from a repository's configuration.
    ///
    /// # Errors
    /// [`SettingsError`] when one is missing or not understood; nothing is guessed.
    pub fn from_config(values: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let get = |name: &'static str| values.get(&name.to_lowercase()).filter(|value| !value.is_empty());
        let need = |name: &'static str| get(name).ok_or(SettingsError::Missing(name));
        let policy_ref = get("countersign.policyRef").map(|text| parse_policy_ref(text)).transpose();
        let policy_ref = policy_ref.map_err(|why| SettingsError::Malformed("countersign.policyRef", why))?;
        let policy_file = get("countersign.policy").map(PathBuf::from);
        if policy_file.is_none() && policy_ref.is_none() {
            return Err(SettingsError::Missing("countersign.policy"));
        }
        let server = need("countersign.server")?;
        Ok(Self {
            repository: need("countersign.repository")?.clone(),
            policy_file,
            policy_ref,
            server: server.parse().map_err(|why| SettingsError::Malformed("countersign.server", why))?,
            ledger: need("countersign.ledger")?.into(),
            key: need("countersign.key")?.into(),
            claims_source_level: match get("countersign.slsaSourceLevel").map(String::as_str) {
                None => false,
                Some("4") => true,
                Some(other) => {
                    let why = format!("`{other}` is no level that can be claimed; it is 4, or not there");
                    return Err(SettingsError::Malformed("countersign.slsaSourceLevel", why));
                }
            },
        })
    }

    /// Returns the settings as names and values to write.
    #[must_use]
    pub fn to_config(&self) -> Vec<(&'static str, Option<String>)> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        vec![
            ("countersign.repository", Some(self.repository.clone())),
            ("countersign.policy", self.policy_file.as_deref().map(path)),
            ("countersign.policyRef", self.policy_ref.as_ref().map(|(name, file)| format!("{name}:{file}"))),
            ("countersign.server", Some(self.server.to_string())),
            ("countersign.ledger", Some(path(&self.ledger))),
            ("countersign.key", Some(path(&self.key))),
            ("countersign.slsaSourceLevel", self.claims_source_level.then(|| "4".to_owned())),
        ]
    }
}

/// Parses `REF:PATH`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_policy_ref(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, path)) if name.starts_with("refs/") && !path.is_empty() && !path.starts_with('/') => {
            Ok((name.to_owned(), path.to_owned()))
        }
        _ => Err(format!("`{text}` is not REF:PATH, such as refs/heads/policy:countersign.yaml")),
    }
}

/// Tells whether a text can name a repository: one line without blanks, at most 200 bytes, in parts such as `acme/shop`
/// that are no steps of a path.
#[must_use]
pub fn is_repository_name(text: &str) -> bool {
    let is_part = |part: &str| !matches!(part, "" | "." | ".." | ".git");
    text.len() <= 200
        && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '\\')
        && text.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            repository: "acme/shop".to_owned(),
            policy_file: Some("/srv/policy.yaml".into()),
            policy_ref: Some(("refs/heads/policy".to_owned(), "a/b.yaml".to_owned())),
            server: ServerKind::Http,
            ledger: "/srv/ledger.sqlite".into(),
            key: "/srv/gate.key".into(),
            claims_source_level: true,
        }
    }

    fn written(settings: &Settings) -> BTreeMap<String, String> {
        let values = settings.to_config().into_iter();
        values.filter_map(|(name, value)| Some((name.to_lowercase(), value?))).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Settings::from_config(&written(&settings())), Ok(settings()));
    }

    #[test]
    fn a_repository_has_a_name_and_no_path() {
        for name in ["acme/shop", "shop", "host.example/acme/shop", "a.git", "ACME/\u{e9}"] {
            assert!(is_repository_name(name), "{name}");
        }
        for name in ["", "/", "acme/", "/acme", "a//b", "../shop", "a/./b", ".git", "a b", "a\tb", "C:\\shop"] {
            assert!(!is_repository_name(name), "{name}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        for name in ["countersign.repository", "countersign.server", "countersign.ledger", "countersign.key"] {
            let mut values = written(&settings());
            values.remove(name);
            assert_eq!(Settings::from_config(&values), Err(SettingsError::Missing(name)));
        }
        let mut values = written(&settings());
        values.insert("countersign.slsasourcelevel".to_owned(), "3".to_owned());
        assert!(matches!(
            Settings::from_config(&values),
            Err(SettingsError::Malformed("countersign.slsaSourceLevel", _))
        ));
        values.remove("countersign.slsasourcelevel");
        values.insert("countersign.server".to_owned(), "github".to_owned());
        assert!(matches!(Settings::from_config(&values), Err(SettingsError::Malformed("countersign.server", _))));
        values.insert("countersign.policyref".to_owned(), "main:x".to_owned());
        assert!(matches!(Settings::from_config(&values), Err(SettingsError::Malformed("countersign.policyRef", _))));
    }
}

//! How an agent or robot is recognized that the policy adds to the built-in catalogue.

/// How to recognize an agent or robot that the policy adds. In every pattern `*` matches anything,
/// and case does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActorRule {
    /// Its id.
    pub id: String,
    /// E-mail patterns.
    pub emails: Vec<String>,
    /// Display-name patterns.
    pub names: Vec<String>,
    /// Keys of message trailers that only this actor writes.
    pub trailers: Vec<String>,
    /// Accounts: provider and login pattern.
    pub accounts: Vec<(String, String)>,
    /// Fingerprints of the SSH keys that only this actor signs with, as `ssh-keygen -l` prints them.
    pub keys: Vec<String>,
}

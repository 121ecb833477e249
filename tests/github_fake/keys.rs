//! The app's key, made anew for each run by ssh-keygen, and the check of what was signed with it.

use std::process::Command;
use std::sync::{Arc, OnceLock};

use octocrab::jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::Value;

/// An RSA key.
pub struct AppKey {
    /// PEM.
    pub private: String,
    public: DecodingKey,
}

impl AppKey {
    /// Returns the one key of this process; making one takes a while.
    pub fn shared() -> Arc<Self> {
        static KEY: OnceLock<Arc<AppKey>> = OnceLock::new();
        Arc::clone(KEY.get_or_init(|| Arc::new(Self::make())))
    }

    /// Makes a key.
    pub fn make() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("app");
        let file = file.to_str().unwrap();
        let keygen = |arguments: &[&str]| {
            let output = Command::new("ssh-keygen").args(arguments).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        };
        keygen(&["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", file]);
        let public = keygen(&["-e", "-m", "PEM", "-f", file]);
        Self { private: std::fs::read_to_string(file).unwrap(), public: DecodingKey::from_rsa_pem(&public).unwrap() }
    }

    /// Tells whether a token speaks for the app: signed by its key, in its name, and not for longer
    /// than ten minutes.
    pub fn accepts(&self, token: &str, app: u64) -> bool {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.leeway = 0;
        let Ok(decoded) = decode::<Value>(token, &self.public, &validation) else { return false };
        let claim = |name: &str| decoded.claims.get(name).and_then(Value::as_i64);
        let issuer = match decoded.claims.get("iss") {
            Some(Value::String(text)) => text.parse().ok(),
            other => other.and_then(Value::as_u64),
        };
        let now = jiff::Timestamp::now().as_second();
        issuer == Some(app)
            && claim("exp").is_some_and(|end| end <= now + 600)
            && claim("iat").is_some_and(|begin| begin <= now)
    }
}

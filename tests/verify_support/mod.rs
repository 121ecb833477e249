//! A folder with real keys, and real OpenSSH programs that see nothing else.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and read the environment themselves")]

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use countersign::adapters::signing_key::SigningKey;
use countersign::adapters::ssh_keygen::{Prompts, SignError, SshKeygen};
use countersign::model::{Action, Decision, Digest};
use countersign::verify::{
    Envelope, OverridePredicate, OverrideStatement, PublicKey, Record, RecordKind, SignOffPredicate, SignOffStatement,
    Stated, Subject,
};
use tempfile::TempDir;

/// A home directory of its own.
pub struct Home {
    folder: TempDir,
    extra: Vec<(OsString, OsString)>,
}

impl Home {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), extra: Vec::new() }
    }

    /// Adds a variable to the environment of all programs.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.extra.push((name.into(), value.as_ref().to_owned()));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut environment = vec![
            ("PATH".into(), std::env::var_os("PATH").unwrap()),
            ("HOME".into(), self.folder.path().into()),
            ("LC_ALL".into(), "C".into()),
        ];
        environment.extend(self.extra.iter().cloned());
        environment
    }

    pub fn run(&self, program: &str, arguments: &[&OsStr], input: &[u8]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(self.environment()).current_dir(self.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a program that must succeed and returns what it printed.
    pub fn succeed(&self, program: &str, arguments: &[&str], input: &[u8]) -> String {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        let output = self.run(program, &arguments, input);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes a key pair without a passphrase.
    pub fn make_key(&self, name: &str, arguments: &[&str]) -> SigningKey {
        let mut all = vec!["-q", "-N", "", "-C", name, "-f", name];
        all.extend(arguments);
        self.succeed("ssh-keygen", &all, b"");
        SigningKey::File(self.path(name))
    }

    pub fn public_key(&self, name: &str) -> PublicKey {
        let line = std::fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap();
        PublicKey::from_openssh(&line).unwrap()
    }

    pub fn try_sign(&self, key: &SigningKey, kind: RecordKind, payload: Vec<u8>) -> Result<Envelope, SignError> {
        let environment = self.environment();
        let program = OsStr::new("ssh-keygen");
        let ssh_keygen = SshKeygen { program, environment: &environment, prompts: Prompts::Captured };
        let mut envelope = Envelope::new(payload);
        let message = envelope.pre_authentication_encoding();
        envelope.add_signature(ssh_keygen.sign(key, kind, &message)?).unwrap();
        Ok(envelope)
    }

    pub fn sign_off(&self, key: &SigningKey) -> Envelope {
        self.try_sign(key, RecordKind::SignOff, sign_off().to_payload().unwrap()).unwrap()
    }

    /// Asks the stock `ssh-keygen -Y verify` about an envelope's first signature, with no help from
    /// this crate: the message and the armor are put together from the JSON by jq and the shell.
    pub fn stock_verify(&self, key: &str, namespace: &str, envelope: &Envelope) -> bool {
        std::fs::write(self.path("envelope.json"), envelope.to_json().unwrap()).unwrap();
        let line = std::fs::read_to_string(self.path(&format!("{key}.pub"))).unwrap();
        std::fs::write(self.path("signers"), format!("grace@example.com {line}")).unwrap();
        let script = r#"
            set -e
            T=application/vnd.in-toto+json
            jq -r .payload envelope.json | base64 -d > payload
            { printf 'DSSEv1 %d %s %d ' ${#T} "$T" "$(stat -c %s payload)"; cat payload; } > message
            { echo '-----BEGIN SSH SIGNATURE-----'
              jq -r '.signatures[0].sig' envelope.json | fold -w 70
              echo '-----END SSH SIGNATURE-----'; } > signature
            ssh-keygen -Y verify -f signers -I grace@example.com -n "$1" -s signature < message
        "#;
        let arguments = ["-c", script, "sh", namespace].map(OsStr::new);
        self.run("sh", &arguments, b"").status.success()
    }
}

/// Returns OpenSSH's software security key (Debian: package `openssh-tests`). On a developer's
/// machine it may be missing; where `CI` is set, it may not.
pub fn software_security_key() -> Option<PathBuf> {
    let named = std::env::var_os("COUNTERSIGN_SK_DUMMY").map(PathBuf::from);
    let path = named.unwrap_or_else(|| "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so".into());
    if path.exists() {
        return Some(path);
    }
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        panic!("{} is missing: install openssh-tests or set COUNTERSIGN_SK_DUMMY", path.display());
    }
    None
}

pub fn subject() -> Subject {
    Subject {
        head: "1f".repeat(20).parse().unwrap(),
        tree: "2e".repeat(20).parse().unwrap(),
        content: Digest::of(b"what git diff-tree prints"),
    }
}

pub fn sign_off() -> SignOffStatement {
    Stated {
        subject: subject(),
        predicate: SignOffPredicate {
            action: Some(Action::Update),
            client: "countersign test".to_owned(),
            comment: Some("Read line by line.".to_owned()),
            decision: Decision::Approve,
            expires_at: None,
            from: Some("3d".repeat(20).parse().unwrap()),
            plan: None,
            policy: None,
            repository: "acme/shop".to_owned(),
            signed_at: "2026-11-22T09:00:00Z".parse().unwrap(),
            target: "refs/heads/main".parse().unwrap(),
        },
    }
}

pub fn an_override() -> OverrideStatement {
    Stated {
        subject: subject(),
        predicate: OverridePredicate {
            action: Action::Deploy,
            client: "countersign test".to_owned(),
            comment: None,
            expires_at: "2026-11-22T13:00:00Z".parse().unwrap(),
            from: None,
            plan: Some(Digest::of(b"plan")),
            policy: Some(Digest::of(b"policy")),
            reason: "Customers cannot pay; the cause is known.".to_owned(),
            repository: "acme/shop".to_owned(),
            signed_at: "2026-11-22T09:00:00Z".parse().unwrap(),
            target: "environment:production".parse().unwrap(),
            ticket: Some("INC-7".to_owned()),
        },
    }
}

pub fn read(envelope: &Envelope, kind: RecordKind) -> Record {
    Record::read(&envelope.to_json().unwrap(), kind).unwrap()
}

/// Returns the only signature's outcome, as text where it does not hold.
pub fn outcome(record: &Record) -> Result<countersign::model::Presence, String> {
    let [check] = record.signatures.as_slice() else { panic!("one signature: {record:?}") };
    check.result.clone().map_err(|invalid| invalid.to_string())
}

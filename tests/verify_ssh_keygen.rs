//! Records signed by the real ssh-keygen with keys in files and agents, and read by this crate and
//! by the stock ssh-keygen again.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod verify_support;

use std::ffi::OsStr;

use countersign::adapters::signing_key::SigningKey;
use countersign::adapters::ssh_keygen::{Prompts, SignError, SshKeygen};
use countersign::model::{Method, Presence};
use countersign::verify::{Envelope, EnvelopeSignature, RecordKind, sshsig, verify_envelope};
use verify_support::{Home, an_override, outcome, read, sign_off};

const TYPES: [(&str, &[&str]); 6] = [
    ("ed25519", &["-t", "ed25519"]),
    ("p256", &["-t", "ecdsa", "-b", "256"]),
    ("p384", &["-t", "ecdsa", "-b", "384"]),
    ("p521", &["-t", "ecdsa", "-b", "521"]),
    ("rsa2048", &["-t", "rsa", "-b", "2048"]),
    ("rsa4096", &["-t", "rsa", "-b", "4096"]),
];

#[test]
fn every_type_of_key_signs_a_record_that_both_verifiers_accept() {
    let home = Home::new();
    for (name, arguments) in TYPES {
        let key = home.make_key(name, arguments);
        assert_eq!(key.public_key(), Some(home.public_key(name)), "{name}");
        let envelope = home.sign_off(&key);
        let record = read(&envelope, RecordKind::SignOff);
        assert_eq!(outcome(&record), Ok(Presence::None), "{name}");
        assert_eq!(record.signatures[0].fingerprint, home.public_key(name).fingerprint());
        assert_eq!(record.signatures[0].method, Method::Signature);
        let listed = home.succeed("ssh-keygen", &["-l", "-f", name], b"");
        assert!(listed.contains(&record.signatures[0].fingerprint), "{listed}");
        assert!(home.stock_verify(name, "sign-off@countersign", &envelope), "{name}");
        assert!(!home.stock_verify(name, "git", &envelope), "{name}");
    }
}

#[test]
fn an_override_is_signed_in_its_own_namespace() {
    let home = Home::new();
    let key = home.make_key("dana", &["-t", "ed25519"]);
    let envelope = home.try_sign(&key, RecordKind::Override, an_override().to_payload().unwrap()).unwrap();
    let record = read(&envelope, RecordKind::Override);
    assert_eq!(outcome(&record), Ok(Presence::None));
    assert_eq!(record.statement.as_override(), Some(&an_override()));
    assert!(home.stock_verify("dana", "override@countersign", &envelope));
    assert!(!home.stock_verify("dana", "sign-off@countersign", &envelope));
    // The same signature says nothing as a sign-off.
    let check = verify_envelope(&envelope, RecordKind::SignOff).remove(0);
    let reason = check.result.unwrap_err().to_string();
    assert_eq!(reason, "it was made for namespace `override@countersign`, not for `sign-off@countersign`");
}

/// The raw `ssh-keygen -Y sign`, used by hand with the wrong options.
#[test]
fn signatures_made_for_something_else_do_not_count() {
    let home = Home::new();
    home.make_key("grace", &["-t", "ed25519"]);
    let payload = sign_off().to_payload().unwrap();
    let message = Envelope::new(payload.clone()).pre_authentication_encoding();
    for (arguments, signed, reason) in [
        (&["-n", "git"][..], &message, "it was made for namespace `git`, not for `sign-off@countersign`"),
        (&["-n", "file"], &message, "it was made for namespace `file`, not for `sign-off@countersign`"),
        (
            &["-n", "sign-off@countersign", "-O", "hashalg=sha256"],
            &message,
            "it hashes with `sha256`, only sha512 is accepted",
        ),
        (&["-n", "sign-off@countersign"], &payload, "the signature does not match what is signed"),
    ] {
        let mut all = vec!["-q", "-Y", "sign", "-f", "grace"];
        all.extend(arguments);
        let armor = home.succeed("ssh-keygen", &all, signed);
        let bytes = sshsig::from_armor(&armor).unwrap();
        assert_eq!(sshsig::to_armor(&bytes), armor);
        let mut envelope = Envelope::new(payload.clone());
        let keyid = home.public_key("grace").fingerprint();
        envelope.add_signature(EnvelopeSignature { keyid, bytes }).unwrap();
        assert_eq!(outcome(&read(&envelope, RecordKind::SignOff)), Err(reason.to_owned()));
    }
}

#[test]
fn a_certificate_does_not_stand_for_its_key() {
    let home = Home::new();
    home.make_key("authority", &["-t", "ed25519"]);
    home.make_key("grace", &["-t", "ed25519"]);
    home.succeed("ssh-keygen", &["-q", "-s", "authority", "-I", "grace", "-n", "grace", "grace.pub"], b"");
    let certificate = SigningKey::File(home.path("grace-cert.pub"));
    std::fs::copy(home.path("grace"), home.path("grace-cert")).unwrap();
    let error = home.try_sign(&certificate, RecordKind::SignOff, sign_off().to_payload().unwrap()).unwrap_err();
    assert!(!matches!(error, SignError::Interrupted | SignError::NotInstalled(_)), "{error}");
    assert_eq!(certificate.public_key(), None);
}

#[test]
fn failures_are_told_apart() {
    let mut home = Home::new();
    let payload = sign_off().to_payload().unwrap();
    let fail = |home: &Home, key: &SigningKey| home.try_sign(key, RecordKind::SignOff, payload.clone()).unwrap_err();
    let missing = SigningKey::File(home.path("missing"));
    assert!(matches!(fail(&home, &missing), SignError::KeyNotFound(_)));

    home.succeed("ssh-keygen", &["-q", "-t", "ed25519", "-N", "secret", "-f", "locked"], b"");
    home.set("SSH_ASKPASS", "/bin/false");
    home.set("SSH_ASKPASS_REQUIRE", "force");
    let locked = SigningKey::File(home.path("locked"));
    assert!(matches!(fail(&home, &locked), SignError::Passphrase(_)));
    assert_eq!(locked.public_key(), Some(home.public_key("locked")), "an encrypted file shows its public half");

    let public_only = SigningKey::File(home.path("locked.pub"));
    std::fs::rename(home.path("locked"), home.path("elsewhere")).unwrap();
    assert!(matches!(fail(&home, &public_only), SignError::NoPrivateKey(_)));
    let literal = SigningKey::Agent(std::fs::read_to_string(home.path("locked.pub")).unwrap().trim().to_owned());
    assert!(matches!(fail(&home, &literal), SignError::NoPrivateKey(_)));

    let open = home.make_key("open", &["-t", "ed25519"]);
    home.succeed("chmod", &["644", "open"], b"");
    assert!(matches!(fail(&home, &open), SignError::Permissions(_)));

    std::fs::write(home.path("rubbish"), "rubbish").unwrap();
    let error = fail(&home, &SigningKey::File(home.path("rubbish")));
    assert!(matches!(error, SignError::Failed { detail: Some(_), .. }), "{error}");

    home.set("PATH", "/nonexistent");
    assert!(matches!(fail(&home, &open), SignError::NotInstalled(_)));
}

#[test]
fn with_a_terminal_for_prompts_the_signature_is_the_same() {
    let home = Home::new();
    let key = home.make_key("grace", &["-t", "ed25519"]);
    let environment = home.environment();
    let program = OsStr::new("ssh-keygen");
    let ssh_keygen = SshKeygen { program, environment: &environment, prompts: Prompts::Terminal };
    let mut envelope = Envelope::new(sign_off().to_payload().unwrap());
    let message = envelope.pre_authentication_encoding();
    let signature = ssh_keygen.sign(&key, RecordKind::SignOff, &message).unwrap();
    envelope.add_signature(signature).unwrap();
    assert_eq!(envelope, home.sign_off(&key), "Ed25519 signatures are the same each time");
    assert_eq!(outcome(&read(&envelope, RecordKind::SignOff)), Ok(Presence::None));
}

/// An agent of its own, stopped when it goes out of scope.
struct Agent<'a> {
    home: &'a Home,
    id: String,
}

impl<'a> Agent<'a> {
    fn start(home: &'a mut Home) -> Self {
        let socket = home.path("agent");
        let printed = home.succeed("ssh-agent", &["-s", "-a", socket.to_str().unwrap()], b"");
        let id = printed.split("SSH_AGENT_PID=").nth(1).unwrap();
        let id = id.split(';').next().unwrap().to_owned();
        home.set("SSH_AUTH_SOCK", &socket);
        Self { home, id }
    }
}

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        self.home.succeed("kill", &[&self.id], b"");
    }
}

#[test]
fn an_agent_signs_for_a_public_key_and_may_refuse() {
    let mut home = Home::new();
    home.make_key("grace", &["-t", "ed25519"]);
    home.set("SSH_ASKPASS", "/bin/false");
    home.set("SSH_ASKPASS_REQUIRE", "force");
    let agent = Agent::start(&mut home);
    let home = agent.home;
    home.succeed("ssh-add", &["-q", "grace"], b"");
    let line = std::fs::read_to_string(home.path("grace.pub")).unwrap().trim().to_owned();
    std::fs::rename(home.path("grace"), home.path("elsewhere")).unwrap();
    for key in [SigningKey::File(home.path("grace.pub")), SigningKey::File(home.path("grace")), SigningKey::Agent(line)]
    {
        let record = read(&home.sign_off(&key), RecordKind::SignOff);
        assert_eq!(outcome(&record), Ok(Presence::None), "{key:?}");
        assert_eq!(key.public_key(), Some(home.public_key("grace")), "{key:?}");
    }
    // `ssh-add -c` makes the agent ask before each use; the askpass program says no.
    home.succeed("ssh-add", &["-q", "-D"], b"");
    home.succeed("ssh-add", &["-q", "-c", "elsewhere"], b"");
    let key = SigningKey::File(home.path("grace.pub"));
    let error = home.try_sign(&key, RecordKind::SignOff, sign_off().to_payload().unwrap()).unwrap_err();
    assert!(matches!(error, SignError::AgentRefused(_)), "{error}");
}

//! Verdicts that travel: what the gate signed is verified on a machine that has its public key and nothing else,
//! by us and by other people's programs; what was changed, or is asked something else, is not.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]
#![expect(clippy::disallowed_methods, reason = "tests start programs")]

mod gate_rig;
mod push_rig;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::adapters::{attestation_file, gate_key_file};
use countersign::audit::attest::{self, Attestation, Ruling};
use countersign::model::{Action, Digest, Target};
use countersign::verify::GateKey;
use jiff::Timestamp;
use proptest::prelude::*;
use push_rig::{BOB, DANA, GRACE, KIRO, MAIN, REASON, Shop, succeed};
use serde_json::{Value, json};

/// What the archive calls its verdicts.
const ARCHIVE: &str = "refs/countersign/archive";
/// Another commit than any here.
const OTHER: &str = "dddddddddddddddddddddddddddddddddddddddd";

/// A folder with a verdict and the gate's public key, as somebody has it who has nothing else.
struct Elsewhere {
    folder: tempfile::TempDir,
}

impl Elsewhere {
    fn new(verdict: &[u8], public_key: &str) -> Self {
        let elsewhere = Self { folder: tempfile::tempdir().unwrap() };
        elsewhere.write("verdict.json", verdict);
        elsewhere.write("gate.pub", public_key.as_bytes());
        elsewhere
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Runs `countersign verify` with no environment at all: no git, no home, no path.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut verify = Command::new(env!("CARGO_BIN_EXE_countersign"));
        verify.env_clear().current_dir(self.folder.path()).args(["--format", "json", "verify"]).args(arguments);
        verify.output().unwrap()
    }

    /// Verifies the verdict; returns the answer and why it is not believed.
    #[track_caller]
    fn verify(&self, arguments: &[&str]) -> (Value, Option<String>) {
        let output = self.run(&[&["verdict.json", "--gate-key", "gate.pub"], arguments].concat());
        let answer: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("no answer: {}", String::from_utf8_lossy(&output.stderr)));
        let cause = answer["cause"]["code"].as_str().map(str::to_owned);
        assert_eq!(answer["verified"], cause.is_none());
        assert_eq!(output.status.code(), Some(i32::from(cause.is_some())));
        (answer, cause)
    }

    #[track_caller]
    fn refuses(&self, code: &str, arguments: &[&str]) {
        assert_eq!(self.verify(arguments).1.as_deref(), Some(code), "{arguments:?}");
    }

    #[track_caller]
    fn accepts(&self, arguments: &[&str]) -> Value {
        let (answer, cause) = self.verify(arguments);
        assert_eq!(cause, None, "{answer}");
        answer
    }
}

/// Returns the gate's private key file.
fn key_file(shop: &Shop) -> PathBuf {
    shop.server(&["config", "countersign.key"]).into()
}

/// Returns the gate's public key as `install` wrote it beside the private one.
fn public_key(shop: &Shop) -> String {
    std::fs::read_to_string(key_file(shop).with_extension("key.pub")).unwrap()
}

/// Returns the only verdict on a head in the archive, byte for byte.
fn archived(shop: &Shop, head: &str) -> Vec<u8> {
    let folder = format!("verdicts/{}/{head}/", &head[..2]);
    let path = shop.server(&["ls-tree", "-r", "--name-only", ARCHIVE, &folder]);
    assert_eq!(path.lines().count(), 1, "{path}");
    let mut git = shop.command("git", "root", &shop.bare);
    git.args(["cat-file", "blob", &format!("{ARCHIVE}:{path}")]).output().unwrap().stdout
}

/// Lands an agent's change that Grace signed.
fn landed() -> (Shop, String) {
    let shop = Shop::new();
    let head = shop.commit(BOB, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
    (shop, head)
}

/// What a gate says about a deployment of a commit, an hour ago.
fn deployment(head: &str) -> Attestation {
    let now = Timestamp::now();
    let judged_at = Timestamp::from_second(now.as_second() - 3600).unwrap();
    let attestation = Attestation {
        repository: "acme/shop".to_owned(),
        target: Target::Environment("production".to_owned()),
        action: Action::Deploy,
        from: None,
        head: head.parse().unwrap(),
        tree: "b".repeat(40).parse().unwrap(),
        source_refs: vec![MAIN.to_owned()],
        plan: Some(Digest::of(b"the plan")),
        commits: None,
        asked: Vec::new(),
        satisfied: vec!["peer review".to_owned()],
        records: vec![Digest::of(b"record")],
        relied: Vec::new(),
        policy: Digest::of(b"policy"),
        ruling: Ruling::Permitted,
        is_source_level_4: false,
        entry: 7,
        judged_at,
        expires_at: judged_at,
    };
    attestation.valid_for(attest::DEPLOYMENT_SECONDS)
}

fn gate() -> GateKey {
    GateKey::from_seed(&[5; 32]).unwrap()
}

/// Takes a signed deployment to where only the public key is.
fn deployed(said: &Attestation) -> Elsewhere {
    let bytes = said.sign(&gate()).unwrap().to_json().unwrap();
    Elsewhere::new(&bytes, &gate().public_key().to_openssh())
}

#[test]
fn a_landing_is_verified_with_the_public_key_alone() {
    let (shop, head) = landed();
    let elsewhere = Elsewhere::new(&archived(&shop, &head), &public_key(&shop));
    drop(shop);
    let answer = elsewhere.accepts(&["--subject", &head, "--ref", MAIN, "--repository", "acme/shop"]);
    let verdict = &answer["verdict"];
    assert_eq!(verdict["commit"], head.as_str());
    assert_eq!(verdict["target"], MAIN);
    assert_eq!(verdict["overridden"], false);
    assert_eq!(verdict["records"].as_array().unwrap().len(), 1);
    let seconds = |field: &str| verdict[field].as_str().unwrap().parse::<Timestamp>().unwrap().as_second();
    assert_eq!(seconds("expires_at") - seconds("judged_at"), attest::LANDING_SECONDS);
    elsewhere.accepts(&["--subject", &head, "--level", "ORG_SOURCE_COUNTERSIGN_PERMITTED"]);

    elsewhere.refuses("other-commit", &["--subject", OTHER]);
    elsewhere.refuses("other-ref", &["--subject", &head, "--ref", "refs/heads/release"]);
    elsewhere.refuses("other-repository", &["--subject", &head, "--repository", "acme/fork"]);
    elsewhere.refuses("other-environment", &["--subject", &head, "--environment", "production"]);
    elsewhere.refuses("level-not-claimed", &["--subject", &head, "--level", "SLSA_SOURCE_LEVEL_4"]);
    elsewhere.refuses("expired", &["--subject", &head, "--now", "2099-01-01T00:00:00Z"]);
    elsewhere.refuses("not-yet", &["--subject", &head, "--now", "2020-01-01T00:00:00Z"]);
    elsewhere.write("gate.pub", gate().public_key().to_openssh().as_bytes());
    elsewhere.refuses("other-key", &["--subject", &head]);
}

#[test]
fn an_overridden_landing_says_so() {
    let shop = Shop::new();
    let head = shop.commit(BOB, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().landed(MAIN, &head);
    let elsewhere = Elsewhere::new(&archived(&shop, &head), &public_key(&shop));
    let answer = elsewhere.accepts(&["--subject", &head]);
    assert_eq!(answer["verdict"]["overridden"], true);
    elsewhere.refuses("level-not-claimed", &["--subject", &head, "--level", "ORG_SOURCE_COUNTERSIGN_PERMITTED"]);
}

#[test]
fn a_deployment_is_verified_for_its_environment_plan_and_time() {
    let head = "a".repeat(40);
    let elsewhere = deployed(&deployment(&head));
    elsewhere.write("plan", b"the plan");
    elsewhere.write("other", b"another plan");
    let usual = ["--subject", &head, "--environment", "production"];
    let with = |more: &[&'static str]| [usual.as_slice(), more].concat();
    elsewhere.accepts(&usual);
    elsewhere.accepts(&with(&["--plan", "plan", "--ref", MAIN, "--repository", "acme/shop"]));
    elsewhere.refuses("other-plan", &with(&["--plan", "other"]));
    elsewhere.refuses("other-ref", &with(&["--ref", "refs/heads/release"]));
    elsewhere.refuses("other-environment", &["--subject", &head, "--environment", "staging"]);
    elsewhere.refuses("other-environment", &["--subject", &head]);
    elsewhere.refuses("other-commit", &["--subject", OTHER, "--environment", "production"]);
    elsewhere.refuses("expired", &with(&["--now", "2099-01-01T00:00:00Z"]));

    let refused = deployed(&Attestation { ruling: Ruling::Refused, ..deployment(&head) });
    refused.refuses("refused", &usual);
    let old = deployed(&deployment(&head).valid_for(1800));
    old.refuses("expired", &usual);
    old.refuses("other-environment", &["--subject", &head, "--environment", "staging"]);
}

#[test]
fn what_cannot_be_told_is_no_refusal() {
    let head = "a".repeat(40);
    let elsewhere = deployed(&deployment(&head));
    let code = |arguments: &[&str]| elsewhere.run(arguments).status.code().unwrap();
    let key = ["--gate-key", "gate.pub"];
    assert_eq!(code(&["verdict.json", "--subject", &head]), 2, "no key");
    assert_eq!(code(&[&["verdict.json"], &key[..]].concat()), 2, "no commit");
    assert_eq!(code(&[&["verdict.json", "--subject", &head[..12]], &key[..]].concat()), 2, "a short commit");
    assert_eq!(code(&[&["verdict.json", "--subject", &head, "--ref", "main"], &key[..]].concat()), 2, "a short ref");
    assert_eq!(code(&[&["missing", "--subject", &head], &key[..]].concat()), 4);
    assert_eq!(code(&["verdict.json", "--subject", &head, "--gate-key", "missing"]), 4);
    assert_eq!(code(&["verdict.json", "--subject", &head, "--gate-key", "verdict.json"]), 4);
    elsewhere.write("empty", b"");
    assert_eq!(code(&[&["empty", "--subject", &head], &key[..]].concat()), 1);
    let line = gate().public_key().to_openssh();
    let spelled = ["verdict.json", "--subject", &head, "--environment", "production", "--gate-key", &line];
    assert_eq!(code(&spelled), 0, "a key as text");
}

#[test]
fn the_gate_writes_its_verdict_on_a_deployment() {
    let shop = Shop::deploying(gate_rig::with_environments);
    let file = shop.path("verdict.json");
    let attest = file.to_str().unwrap();
    let head = shop.commit(BOB, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
    shop.git(&["fetch", "-q", "origin"]);
    shop.gate(&["--to", &head, "--attest", attest]).permits(&[]);
    let elsewhere = Elsewhere::new(&std::fs::read(&file).unwrap(), &public_key(&shop));
    let usual = ["--subject", &head, "--environment", "production"];
    let answer = elsewhere.accepts(&usual);
    assert_eq!(answer["verdict"]["refs"], json!([MAIN]));
    assert_eq!(answer["verdict"]["plan"], Value::Null);
    elsewhere.accepts(&["--subject", &head, "--environment", "production", "--ref", MAIN, "--repository", "acme/shop"]);
    elsewhere.refuses("other-environment", &["--subject", &head, "--environment", "staging"]);
    let other = shop.path("policy.yaml");
    elsewhere.write("plan", &std::fs::read(other).unwrap());
    elsewhere.refuses("other-plan", &["--subject", &head, "--environment", "production", "--plan", "plan"]);

    // A refusal is written, and a run that comes to nothing leaves no earlier verdict behind.
    let unsigned = shop.commit(BOB, KIRO);
    shop.server(&["fetch", "-q", shop.work.to_str().unwrap(), "HEAD:refs/heads/main"]);
    shop.gate(&["--to", &unsigned, "--attest", attest]).refuses(&["sign-off-missing"]);
    let refused = Elsewhere::new(&std::fs::read(&file).unwrap(), &public_key(&shop));
    refused.refuses("refused", &["--subject", &unsigned, "--environment", "production"]);
    let nothing = shop.gate(&["--to", OTHER, "--attest", attest]);
    assert_ne!(nothing.code, 0);
    assert!(!file.exists(), "the earlier verdict is still there");
}

/// Text that people read; what is not the same at each run is put in by hand.
#[test]
fn people_read_what_was_verified_or_why_not() {
    let fixed = Attestation {
        judged_at: "2026-11-22T10:00:00Z".parse().unwrap(),
        expires_at: "2026-11-23T10:00:00Z".parse().unwrap(),
        ..deployment(&"a".repeat(40))
    };
    let elsewhere = deployed(&fixed);
    let shown = |now: &str, environment: &str, format: &str| {
        let mut verify = Command::new(env!("CARGO_BIN_EXE_countersign"));
        verify.env_clear().current_dir(elsewhere.folder.path()).args(["--format", format, "verify", "verdict.json"]);
        verify.args(["--gate-key", "gate.pub", "--subject", &"a".repeat(40), "--environment", environment]);
        String::from_utf8(verify.args(["--now", now]).output().unwrap().stdout).unwrap()
    };
    insta::assert_snapshot!("verified", shown("2026-11-22T12:00:00Z", "production", "human"));
    insta::assert_snapshot!("not_verified", shown("2026-11-24T12:00:00Z", "production", "human"));
    insta::assert_snapshot!("not_verified_github", shown("2026-11-22T12:00:00Z", "staging", "github"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever is written over, put in or taken out: it does not verify. A line end at the end is no change.
    #[test]
    fn no_change_goes_unnoticed(at in 0_usize..4_000, taken in 0_usize..3, put in prop::collection::vec(any::<u8>(), 0..3)) {
        let said = deployment(&"a".repeat(40));
        let bytes = said.sign(&gate()).unwrap().to_json().unwrap();
        let at = at % bytes.len();
        let end = (at + taken).min(bytes.len());
        let changed = [&bytes[..at], &put, &bytes[end..]].concat();
        prop_assume!(changed != bytes && changed.strip_suffix(b"\n") != Some(&bytes));
        let keys = [gate().public_key().clone()];
        prop_assert!(attest::read(&changed, &keys).is_err(), "{}", String::from_utf8_lossy(&changed));
        prop_assert_eq!(attest::read(&bytes, &keys).unwrap().0, said);
    }
}

// --- other people's programs ----------------------------------------------------------------------

/// Returns the Python with other people's verifiers in it; none on a developer's machine where nobody put it.
fn python() -> Option<PathBuf> {
    let told = std::env::var_os("COUNTERSIGN_TEST_DSSE").map(PathBuf::from);
    let is_needed = told.is_some() || std::env::var_os("CI").is_some_and(|value| value == "true");
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/dsse/bin/python3");
    let path = told.unwrap_or_else(usual);
    if path.exists() {
        return Some(path);
    }
    assert!(!is_needed, "in-toto is not at {}: type `tests/run --install`", path.display());
    None
}

/// securesystemslib checks envelope and signature, in-toto's own classes the statement and the predicate.
#[test]
fn in_toto_and_securesystemslib_read_what_we_write() {
    let Some(python) = python() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/verify-verdict.py");
    let verify = |elsewhere: &Elsewhere, commit: &str, resource: &str, level: &str| {
        let mut command = Command::new(&python);
        command.env_clear().env("PYTHONDONTWRITEBYTECODE", "1").arg(&script);
        command.args([elsewhere.path("verdict.json"), elsewhere.path("gate.pub")]).args([commit, resource, level]);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (shop, head) = landed();
    let landing = Elsewhere::new(&archived(&shop, &head), &public_key(&shop));
    let (repository, permitted) = ("urn:countersign:repository:acme/shop", "ORG_SOURCE_COUNTERSIGN_PERMITTED");
    assert_eq!(verify(&landing, &head, repository, permitted), (true, String::new()));
    let head = "a".repeat(40);
    let (production, may) =
        ("urn:countersign:environment:acme/shop:production", "ORG_SOURCE_COUNTERSIGN_DEPLOY_PERMITTED");
    let elsewhere = deployed(&deployment(&head));
    assert_eq!(verify(&elsewhere, &head, production, may), (true, String::new()));
    let refused = |elsewhere: &Elsewhere, commit: &str, resource: &str, level: &str, reason: &str| {
        let (verified, text) = verify(elsewhere, commit, resource, level);
        assert!(!verified && text.contains(reason), "{reason}: {text}");
    };
    refused(&elsewhere, OTHER, production, may, "subject");
    refused(&elsewhere, &head, &production.replace("production", "staging"), may, "resourceUri");
    refused(&elsewhere, &head, production, permitted, "verifiedLevels");
    refused(&deployed(&deployment(&head).valid_for(60)), &head, production, may, "expires-at");
    let not = deployed(&Attestation { ruling: Ruling::Refused, ..deployment(&head) });
    refused(&not, &head, production, may, "verificationResult");
    elsewhere.write("gate.pub", GateKey::from_seed(&[6; 32]).unwrap().public_key().to_openssh().as_bytes());
    refused(&elsewhere, &head, production, may, "VerificationError");
    let text = std::fs::read_to_string(landing.path("verdict.json")).unwrap();
    landing.write("verdict.json", text.replacen("\"payload\":\"ey", "\"payload\":\"ez", 1).as_bytes());
    refused(&landing, &head, repository, permitted, "VerificationError");
}

/// Runs openssl in a folder.
fn openssl(folder: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(arguments).output().unwrap().status.success()
}

#[test]
fn openssl_checks_the_gates_signature() {
    let elsewhere = deployed(&deployment(&"a".repeat(40)));
    let envelope: Value = serde_json::from_slice(&std::fs::read(elsewhere.path("verdict.json")).unwrap()).unwrap();
    let bytes = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let payload = bytes(&envelope["payload"]);
    elsewhere.write("signature", &bytes(&envelope["signatures"][0]["sig"]));
    let head = format!("DSSEv1 28 application/vnd.in-toto+json {} ", payload.len());
    elsewhere.write("message", &[head.as_bytes(), &payload].concat());
    let der = [hex::decode("302a300506032b6570032100").unwrap().as_slice(), &gate().public_bytes()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
    elsewhere.write("gate.pem", pem.as_bytes());
    let check = ["pkeyutl", "-verify", "-pubin", "-inkey", "gate.pem", "-rawin", "-in", "message", "-sigfile"];
    assert!(openssl(elsewhere.folder.path(), &[&check[..], &["signature"]].concat()));
    elsewhere.write("message", &[head.as_bytes(), &payload, b" "].concat());
    assert!(!openssl(elsewhere.folder.path(), &[&check[..], &["signature"]].concat()));
    // The key in that form is read, too.
    let head = "a".repeat(40);
    let usual = ["verdict.json", "--subject", &head, "--environment", "production", "--gate-key", "gate.pem"];
    assert_eq!(elsewhere.run(&usual).status.code(), Some(0));
}

// --- from an artifact to its commit ---------------------------------------------------------------

/// Provenance of an artifact, as a builder writes it.
fn provenance(artifact: &[u8], commit: &str) -> Vec<u8> {
    let source = "git+https://git.example.com/acme/shop@refs/heads/main";
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "shop.tar.gz", "digest": {"sha256": Digest::of(artifact).to_hex()}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://ci.example.com/build/v1",
                "externalParameters": {},
                "resolvedDependencies": [{"uri": source, "digest": {"gitCommit": commit}}],
            },
            "runDetails": {"builder": {"id": "https://ci.example.com/"}},
        },
    });
    statement.to_string().into_bytes()
}

/// Signs a statement as openssl does: `key.pem` is made anew, `builder.pem` is its public half.
fn signed_by_openssl(folder: &Path, options: &[&str], statement: &[u8]) -> Vec<u8> {
    assert!(openssl(folder, &[&["genpkey", "-out", "key.pem"], options].concat()));
    assert!(openssl(folder, &["pkey", "-in", "key.pem", "-pubout", "-out", "builder.pem"]));
    let head = format!("DSSEv1 28 application/vnd.in-toto+json {} ", statement.len());
    std::fs::write(folder.join("message"), [head.as_bytes(), statement].concat()).unwrap();
    let how: &[&str] = if options.contains(&"ed25519") {
        &["pkeyutl", "-sign", "-inkey", "key.pem", "-rawin", "-in", "message", "-out", "signature"]
    } else {
        &["dgst", "-sha256", "-sign", "key.pem", "-out", "signature", "message"]
    };
    assert!(openssl(folder, how));
    let signature = STANDARD.encode(std::fs::read(folder.join("signature")).unwrap());
    let envelope = json!({
        "payloadType": "application/vnd.in-toto+json",
        "payload": STANDARD.encode(statement),
        "signatures": [{"sig": signature}],
    });
    envelope.to_string().into_bytes()
}

#[test]
fn an_artifact_is_traced_to_its_commit_first() {
    let head = "a".repeat(40);
    let elsewhere = deployed(&deployment(&head));
    elsewhere.write("shop.tar.gz", b"shop");
    let usual = ["--environment", "production", "--provenance", "provenance.json", "--provenance-key", "builder.pem"];
    let with = |more: &[&str]| -> Vec<String> { usual.iter().chain(more).map(ToString::to_string).collect() };
    let ask = |more: &[&str], code: Option<&str>| {
        let arguments = with(more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (answer, cause) = elsewhere.verify(&arguments);
        assert_eq!(cause.as_deref(), code, "{more:?}: {answer}");
    };
    for options in [&["-algorithm", "ed25519"][..], &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]] {
        let folder = elsewhere.folder.path();
        elsewhere.write("provenance.json", &signed_by_openssl(folder, options, &provenance(b"shop", OTHER)));
        ask(&["--artifact", "shop.tar.gz"], Some("other-commit"));
        ask(&["--artifact", "shop.tar.gz", "--subject", &head], Some("provenance"));
        elsewhere.write("provenance.json", &signed_by_openssl(folder, options, &provenance(b"shop", &head)));
        ask(&["--artifact", "shop.tar.gz"], None);
        ask(&["--artifact", "shop.tar.gz", "--subject", &head], None);
        ask(&["--artifact", &Digest::of(b"shop").to_string()], None);
        ask(&["--artifact", "shop.tar.gz", "--source", "git+https://git.example.com/acme/shop"], None);
        ask(&["--artifact", "shop.tar.gz", "--source", "git+https://git.example.com/acme/lib"], Some("provenance"));
        ask(&["--artifact", &Digest::of(b"other").to_string()], Some("provenance"));
        let public = std::fs::read(elsewhere.path("builder.pem")).unwrap();
        signed_by_openssl(folder, options, b"{}");
        ask(&["--artifact", "shop.tar.gz"], Some("provenance"));
        elsewhere.write("builder.pem", &public);
        ask(&["--artifact", "shop.tar.gz"], None);
    }
    let alone = elsewhere.run(&["verdict.json", "--artifact", "shop.tar.gz", "--gate-key", "gate.pub"]);
    assert_eq!(alone.status.code(), Some(2), "an artifact without provenance");
}

#[test]
fn a_verdict_is_written_whole_with_the_gates_own_key() {
    let (shop, head) = landed();
    let key = gate_key_file::load(&key_file(&shop)).unwrap();
    let elsewhere = Elsewhere::new(b"", &public_key(&shop));
    let envelope = deployment(&head).sign(&key).unwrap();
    attestation_file::write(&elsewhere.path("verdict.json"), &envelope).unwrap();
    elsewhere.accepts(&["--subject", &head, "--environment", "production"]);
    assert_eq!(succeed(shop.command("git", "root", &shop.bare).args(["fsck", "--strict"])), "");
}

/// The policy of two trusted people, and no agent among them.
fn with_two_people(text: &str) -> String {
    let two = "gates:\n  - name: two people\n    refs: [\"refs/heads/main\", \"refs/tags/v*\"]\n    \
               require: [{ role: member }]\n";
    text.replace("gates:\n", two).replace("require: [{ role: senior }]", "require: [{ role: senior, count: 2 }]")
}

/// A shop that claims level 4 of SLSA's source track where it holds.
fn claiming(policy: impl Fn(&str) -> String) -> Shop {
    let shop = Shop::with_policy(policy);
    shop.install(&["--policy", "policy.yaml", "--slsa-source-level", "4"]);
    shop
}

/// Lands what is checked out, signed by some people; returns the claims about it.
#[track_caller]
fn claims(shop: &Shop, signers: &[push_rig::Person]) -> Vec<String> {
    for signer in signers {
        shop.sign_off(*signer, "origin/main..HEAD");
    }
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
    shop.git(&["fetch", "-q", "origin"]);
    let envelope: Value = serde_json::from_slice(&archived(shop, &head)).unwrap();
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    let levels = statement["predicate"]["verifiedLevels"].as_array().unwrap().iter();
    levels.map(|level| level.as_str().unwrap().to_owned()).collect()
}

const LEVEL_4: &str = "SLSA_SOURCE_LEVEL_4";
const OURS: &str = "ORG_SOURCE_COUNTERSIGN_PERMITTED";

#[test]
fn level_4_is_claimed_where_that_was_asked_for_and_two_people_agreed() {
    let shop = claiming(with_two_people);
    let head = shop.commit(BOB, "A human's change");
    assert_eq!(claims(&shop, &[GRACE]), [LEVEL_4, OURS]);
    let elsewhere = Elsewhere::new(&archived(&shop, &head), &public_key(&shop));
    let answer = elsewhere.accepts(&["--subject", &head, "--ref", MAIN, "--level", LEVEL_4, "--level", OURS]);
    assert_eq!(answer["verdict"]["source_level"], 4);
    shop.commit(BOB, KIRO);
    assert_eq!(claims(&shop, &[GRACE, push_rig::BARBARA]), [LEVEL_4, OURS]);
    // By default nothing of the kind is claimed.
    let modest = Shop::with_policy(with_two_people);
    let head = modest.commit(BOB, "A human's change");
    assert_eq!(claims(&modest, &[GRACE]), [OURS]);
    let elsewhere = Elsewhere::new(&archived(&modest, &head), &public_key(&modest));
    elsewhere.refuses("level-not-claimed", &["--subject", &head, "--ref", MAIN, "--level", LEVEL_4]);
}

#[test]
fn level_4_is_not_claimed_once_anything_came_otherwise() {
    // One person is enough for an agent's change: too few, whoever signs.
    let lax = claiming(|text| with_two_people(text).replace(", count: 2", ""));
    lax.commit(BOB, "A human's change");
    assert_eq!(claims(&lax, &[GRACE, push_rig::BARBARA]), [OURS]);
    // Nobody is asked about a human's change.
    let half = claiming(|text| with_two_people(text).replace("require: [{ role: member }]", "require: []"));
    half.commit(BOB, "A human's change");
    assert_eq!(claims(&half, &[GRACE]), [OURS]);
    // Tags may be moved, or history may.
    for (from, to) in
        [("\"refs/tags/v*\"", "\"refs/heads/next\""), ("gates:\n", "protect: { rewind: allow }\ngates:\n")]
    {
        let loose = claiming(|text| with_two_people(text).replace(from, to));
        loose.commit(BOB, "A human's change");
        assert_eq!(claims(&loose, &[GRACE]), [OURS], "{from}");
    }
    // An override ends it, also for what comes after it.
    let shop = claiming(with_two_people);
    shop.commit(BOB, "A human's change");
    assert_eq!(claims(&shop, &[GRACE]), [LEVEL_4, OURS]);
    shop.commit(BOB, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    assert_eq!(claims(&shop, &[]), ["ORG_SOURCE_COUNTERSIGN_OVERRIDDEN"]);
    shop.commit(BOB, "A human's change");
    assert_eq!(claims(&shop, &[GRACE]), [OURS]);
    // And so does a push past the gate.
    let shop = claiming(with_two_people);
    let smuggled = shop.commit(BOB, KIRO);
    shop.push("ada", &["HEAD:refs/heads/topic"]);
    shop.server(&["update-ref", MAIN, &smuggled]);
    shop.git(&["fetch", "-q", "origin"]);
    shop.commit(BOB, "A human's change");
    assert_eq!(claims(&shop, &[GRACE]), [OURS]);
}

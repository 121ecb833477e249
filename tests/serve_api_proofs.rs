//! What the API proves about the ledger holds: by the program's own verifier, and by hashes that are
//! computed anew here, from the entries that the API hands out and nothing else.

#![cfg(all(feature = "server", unix))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod api_rig;
mod github_fake;
mod postgres_rig;
mod serve_rig;
mod serve_support;

use api_rig::{Pass, ask, assert_problem, get, get_text, open_api};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::adapters::{gate_guard, gate_key_file};
use countersign::audit::attest::{self, Ruling};
use countersign::audit::checkpoint::Checkpoint;
use countersign::audit::merkle::Hash;
use countersign::audit::proof::{consistency_holds, inclusion_holds};
use countersign::server::api::Scope;
use github_fake::Merge;
use serde_json::Value;
use serve_rig::{KIRO, Shop};
use sha2_next::{Digest as _, Sha256};

type Node = [u8; 32];

/// MTH of RFC 6962 §2.1, word for word.
fn root(leaves: &[Vec<u8>]) -> Node {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => Sha256::new_with_prefix([0]).chain_update(leaf).finalize().into(),
        _ => {
            let split = split(leaves.len());
            pair(&root(&leaves[..split]), &root(&leaves[split..]))
        }
    }
}

fn pair(left: &Node, right: &Node) -> Node {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The largest power of two smaller than n.
fn split(n: usize) -> usize {
    (0..).map(|power| 1_usize << power).take_while(|power| *power < n).last().unwrap()
}

/// PATH of RFC 6962 §2.1.1, word for word.
fn path(m: usize, leaves: &[Vec<u8>]) -> Vec<Node> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (mut rest, sibling) = if m < k {
        (path(m, &leaves[..k]), root(&leaves[k..]))
    } else {
        (path(m - k, &leaves[k..]), root(&leaves[..k]))
    };
    rest.push(sibling);
    rest
}

/// PROOF of RFC 6962 §2.1.2, word for word.
fn proof(m: usize, leaves: &[Vec<u8>]) -> Vec<Node> {
    fn subproof(m: usize, leaves: &[Vec<u8>], known: bool) -> Vec<Node> {
        let n = leaves.len();
        if m == n {
            return if known { Vec::new() } else { vec![root(leaves)] };
        }
        let k = split(n);
        let (mut rest, sibling) = if m <= k {
            (subproof(m, &leaves[..k], known), root(&leaves[k..]))
        } else {
            (subproof(m - k, &leaves[k..], false), root(&leaves[..k]))
        };
        rest.push(sibling);
        rest
    }
    if m == 0 { Vec::new() } else { subproof(m, leaves, true) }
}

fn hash(value: &Value) -> Hash {
    Hash::from_slice(&hex::decode(value.as_str().unwrap()).unwrap()).unwrap()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}

fn nodes(path: Vec<Node>) -> Vec<Hash> {
    path.into_iter().map(Hash::from_bytes).collect()
}

/// Checks every proof that there is about the ledger of a shop.
fn every_proof_holds(shop: &Shop, pass: &Pass) {
    let checkpoint = get(shop, "/ledger/checkpoint", pass);
    let size = checkpoint["size"].as_u64().unwrap();
    let count = usize::try_from(size).unwrap();
    assert!(size >= 5, "{checkpoint}");
    // The gate signed what is told, and the note alone tells the same.
    let key = gate_key_file::load(&shop.directory.path().join("data/gate-key")).unwrap();
    let note = checkpoint["note"].as_str().unwrap();
    let signed = Checkpoint::open(note, &gate_guard::origin(&key), &key.public_bytes()).unwrap();
    assert_eq!((signed.size, signed.root), (size, hash(&checkpoint["root"])));
    assert_eq!(get_text(shop, "/ledger/checkpoint", pass), note);

    let leaves: Vec<Vec<u8>> = (0..size)
        .map(|number| {
            let entry = get(shop, &format!("/ledger/entries/{number}"), pass);
            let bytes = STANDARD.decode(entry["bytes"].as_str().unwrap()).unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), entry["entry"]);
            assert_eq!(hash(&entry["hash"]), Hash::from_bytes(root(std::slice::from_ref(&bytes))));
            bytes
        })
        .collect();
    assert_eq!(signed.root, Hash::from_bytes(root(&leaves)));

    for number in 0..count {
        for size in number + 1..=count {
            let told = get(shop, &format!("/ledger/entries/{number}/proof?size={size}"), pass);
            let (leaf, top, way) = (hash(&told["leaf"]), hash(&told["root"]), hashes(&told["path"]));
            assert!(inclusion_holds(leaf, number as u64, size as u64, &way, top));
            assert_eq!(top, Hash::from_bytes(root(&leaves[..size])));
            assert_eq!(way, nodes(path(number, &leaves[..size])));
            assert_eq!(told["checkpoint"].is_string(), size == count);
        }
        let whole = get(shop, &format!("/ledger/entries/{number}/proof"), pass);
        assert_eq!((whole["size"].as_u64(), whole["checkpoint"].as_str()), (Some(size), Some(note)));
        let text = get_text(shop, &format!("/ledger/entries/{number}/proof"), pass);
        assert!(text.starts_with(&format!("c2sp.org/tlog-proof@v1\nindex {number}\n")) && text.ends_with(note));
    }
    for old in 0..=count {
        for new in old..=count {
            let told = get(shop, &format!("/ledger/consistency?from={old}&to={new}"), pass);
            let (old_root, new_root) = (hash(&told["from_root"]), hash(&told["to_root"]));
            let way = hashes(&told["path"]);
            assert!(consistency_holds(old as u64, old_root, new as u64, new_root, &way), "{old} {new}");
            assert_eq!(old_root, Hash::from_bytes(root(&leaves[..old])));
            assert_eq!(new_root, Hash::from_bytes(root(&leaves[..new])));
            assert_eq!(way, nodes(proof(old, &leaves[..new])));
        }
        let now = get(shop, &format!("/ledger/consistency?from={old}"), pass);
        assert_eq!((now["to"].as_u64(), now["checkpoint"].as_str()), (Some(size), Some(note)));
    }
}

fn trade(shop: &Shop) {
    for (branch, message, conclusion) in [("prices", KIRO, "action_required"), ("shelves", "Sort", "success")] {
        let number = shop.propose(branch, message);
        shop.sees(number, conclusion);
        shop.fake.review(shop.id, number, "grace", "APPROVED");
        shop.sees(number, "success");
    }
}

#[test]
fn proofs_hold_in_sqlite() {
    let mut shop = Shop::open();
    let pass = Pass::new("auditor", &[Scope::Ledger]);
    open_api(&mut shop, &[&pass], &["--api-rate", "100000"]);
    trade(&shop);
    every_proof_holds(&shop, &pass);
}

#[test]
fn proofs_hold_in_postgresql() {
    let mut shop = Shop::open();
    let pass = Pass::new("auditor", &[Scope::Read, Scope::Ledger]);
    let database = postgres_rig::database();
    // Another ledger: what is remembered of the first one does not belong to it.
    shop.kill();
    std::fs::remove_dir_all(shop.directory.path().join("data")).unwrap();
    open_api(&mut shop, &[&pass], &["--api-rate", "100000", "--database", &database.text]);
    trade(&shop);
    every_proof_holds(&shop, &pass);
    let open = get(&shop, "/changes?repository=acme/shop&state=open&decision=permit&limit=1", &pass);
    let next = open["next"].as_str().unwrap();
    let second = get(&shop, &format!("/changes?repository=acme/shop&state=open&decision=permit&cursor={next}"), &pass);
    assert_eq!(
        (open["items"][0]["title"].as_str(), second["items"].as_array().unwrap().len()),
        (Some("Bring prices"), 1)
    );
    let head = open["items"][0]["head"].as_str().unwrap();
    let verdict = get(&shop, &format!("/repositories/acme/shop/commits/{head}/verdict?target=refs/heads/main"), &pass);
    assert_eq!(verdict["verdict"]["decision"], "permit");
    assert_eq!(get(&shop, "/changes?state=closed", &pass)["items"], serde_json::json!([]));
    assert_eq!(get(&shop, "/dead-work", &pass)["more"], false);
}

/// The numbers of all entries of a kind, the newest first.
fn numbers(shop: &Shop, kind: &str, pass: &Pass) -> Vec<u64> {
    let entries = get(shop, &format!("/ledger/entries?kind={kind}"), pass);
    entries["items"].as_array().unwrap().iter().map(|entry| entry["number"].as_u64().unwrap()).collect()
}

#[test]
fn the_verdict_on_a_landing_is_handed_out_signed_once_it_landed() {
    let mut shop = Shop::open();
    let pass = Pass::new("pipeline", &[Scope::Read, Scope::Ledger]);
    let foreign = Pass::new("stranger", &[Scope::Read]).for_repository("acme/other");
    open_api(&mut shop, &[&pass, &foreign], &["--api-rate", "100000"]);
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
    let attestation = |entry: u64, pass: &Pass| {
        ask(&shop, "GET", &format!("/ledger/entries/{entry}/attestation"), Some(pass), "", "")
    };
    let permit = numbers(&shop, "permitted", &pass)[0];
    assert_problem(&attestation(permit, &pass), 404, "not-found");
    assert_problem(&attestation(numbers(&shop, "refused", &pass)[0], &pass), 404, "not-found");

    shop.fake.merge(shop.id, number, Merge::Commit, "ada");
    let landed = shop.wait_for(std::time::Duration::from_secs(90), || numbers(&shop, "landed", &pass).first().copied());
    let landed = get(&shop, &format!("/ledger/entries/{}", landed.unwrap()), &pass);
    let permit = landed["entry"]["statement"]["permit"].as_u64().unwrap();
    assert_problem(&attestation(permit, &foreign), 404, "not-found");
    let answer = attestation(permit, &pass);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let key = gate_key_file::load(&shop.directory.path().join("data/gate-key")).unwrap();
    let keys = [key.public_key().clone()];
    let (said, _) = attest::read(answer.body.as_bytes(), &keys).unwrap();
    assert_eq!((said.entry, said.ruling), (permit, Ruling::Permitted));
    assert_eq!((said.repository.as_str(), said.source_refs), ("acme/shop", vec!["refs/heads/main".to_owned()]));
    assert_eq!(attestation(permit, &pass).body, answer.body, "asking again makes it no longer");
}

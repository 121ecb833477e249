//! Records made by hand: any statement, any signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Record, Shop, succeed};

/// The type of what records carry.
const KIND: &str = "application/vnd.in-toto+json";

/// Returns the JSON of the record that the clone has.
pub fn json_of(shop: &Shop, record: &Record) -> Value {
    serde_json::from_str(&shop.git(&["cat-file", "blob", &record.name])).unwrap()
}

/// Returns the statement in a record's JSON.
pub fn statement_of(envelope: &Value) -> Value {
    let payload = STANDARD.decode(envelope.get("payload").unwrap().as_str().unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// Signs a statement with these keys, which are made where they do not exist; returns the record, and the
/// blob in the clone that holds it.
pub fn signed(shop: &Shop, folder: &str, statement: &Value, keys: &[&str]) -> (Record, String) {
    let payload = serde_json::to_vec(statement).unwrap();
    let message = [format!("DSSEv1 {} {KIND} {} ", KIND.len(), payload.len()).as_bytes(), &payload].concat();
    std::fs::write(shop.path("message"), message).unwrap();
    let namespace = if folder == "overrides" { "override@countersign" } else { "sign-off@countersign" };
    let signatures: Vec<Value> = keys.iter().map(|key| signature(shop, key, namespace)).collect();
    let envelope = serde_json::json!({
        "payload": STANDARD.encode(&payload), "payloadType": KIND, "signatures": signatures,
    });
    let mut digest = shop.command("sha256sum", "ada", &shop.path(""));
    let id = succeed(digest.arg("message")).split(' ').next().unwrap().to_owned();
    let head = statement.pointer("/subject/0/digest/gitCommit").unwrap().as_str().unwrap();
    let name = format!("refs/countersign/{folder}/{head}/{id}");
    (Record { id, name }, shop.store("blob", envelope.to_string().as_bytes()))
}

/// Signs what lies in `message`.
pub fn signature(shop: &Shop, key: &str, namespace: &str) -> Value {
    shop.make_key(key, &["-t", "ed25519"]);
    drop(std::fs::remove_file(shop.path("message.sig")));
    let mut sign = shop.command("ssh-keygen", key, &shop.path(""));
    succeed(sign.args(["-q", "-Y", "sign", "-n", namespace, "-f", key, "message"]));
    let armored = std::fs::read_to_string(shop.path("message.sig")).unwrap();
    let body: String = armored.lines().filter(|line| !line.starts_with('-')).collect();
    let mut show = shop.command("ssh-keygen", key, &shop.path(""));
    let shown = succeed(show.args(["-l", "-f", key]));
    serde_json::json!({ "keyid": shown.split(' ').nth(1).unwrap(), "sig": body })
}

/// Returns the keys that a record's JSON names.
pub fn keys_in(envelope: &Value) -> Vec<String> {
    let signatures = envelope.get("signatures").unwrap().as_array().unwrap();
    signatures.iter().map(|signature| signature.get("keyid").unwrap().as_str().unwrap().to_owned()).collect()
}

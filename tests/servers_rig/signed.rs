//! Signed pushes (`git push --signed`) with SSH keys, as proof of who pushes.

use super::http_server::HttpServer;
use super::ssh_server::{SshServer, command_line};
use super::{Client, assert_sound, last_pusher};
use crate::push_rig::{ADA, Push, Shop, succeed};

/// A shop whose policy wants pushes signed, and knows Ada's key.
fn shop(kind: &str) -> Shop {
    let shop = Shop::unguarded("shop.git", &[]);
    policy(&shop, "require");
    shop.install(&["--policy", "policy.yaml", "--server", kind]);
    shop
}

fn policy(shop: &Shop, signed: &str) {
    shop.write_policy(|policy| {
        let policy = policy.replace("accounts: { plain: ada } }", "accounts: { plain: ada }, keys: [\"KEY:ada\"] }");
        policy.replace("gates:\n", &format!("pusher: {{ signed: {signed} }}\ngates:\n"))
    });
}

/// Returns the settings with which git signs with somebody's key.
fn signing(shop: &Shop, key: &str) -> [String; 4] {
    let key = shop.path(&format!("{key}.pub"));
    ["-c".to_owned(), "gpg.format=ssh".to_owned(), "-c".to_owned(), format!("user.signingKey={}", key.display())]
}

/// Pushes as somebody, signed with somebody's key.
fn push(shop: &Shop, account: &str, key: &str, refspecs: &[&str]) -> Push {
    let before = shop.refs();
    let mut push = shop.command("git", account, &shop.work);
    push.args(signing(shop, key)).args(["push", "--signed=true", "origin"]).args(refspecs);
    Push::new(&push.output().unwrap(), before, shop.refs())
}

/// Pushes what is checked out to `main` through a server, signed with somebody's key.
fn signed_by(client: &Client, shop: &Shop, key: &str) -> Push {
    let before = shop.refs();
    let options = signing(shop, key);
    let mut words: Vec<&str> = options.iter().map(String::as_str).collect();
    words.extend(["push", "--signed=true", &client.url, TO_MAIN[0]]);
    Push::new(&client.command(shop, &shop.work, &words).output().unwrap(), before, shop.refs())
}

const TO_MAIN: [&str; 1] = ["HEAD:refs/heads/main"];
const MAIN: &str = "refs/heads/main";

#[test]
fn where_the_policy_wants_it_a_push_is_signed_by_whoever_pushes() {
    let shop = shop("plain");
    let head = shop.commit(ADA, "Sort the shelves");
    shop.push_main().refused(&["pusher-unknown"]).explains("the push is not signed").explains("git push --signed");
    // Bob's key is no proof of Ada, nor is one that nobody knows.
    push(&shop, "ada", "bob", &TO_MAIN).refused(&["pusher-unknown"]).explains("the push is not signed with a key of");
    shop.make_key("stranger", &["-t", "ed25519"]);
    push(&shop, "ada", "stranger", &TO_MAIN).refused(&["pusher-unknown"]).explains("knows nobody with the key SHA256:");
    push(&shop, "ada", "ada", &TO_MAIN).landed(MAIN, &head);
    assert_eq!(last_pusher(&shop, "permitted"), "plain:ada");
    // Where nothing is asked for, nothing is signed.
    shop.commit(ADA, "Try something");
    assert!(shop.push("ada", &["HEAD:refs/heads/topic"]).succeeded());
    assert_sound(&shop);
}

#[test]
fn a_signature_says_who_pushes_where_the_server_says_nothing() {
    let shop = shop("plain");
    let head = shop.commit(ADA, "Sort the shelves");
    push(&shop, "", "ada", &TO_MAIN).landed(MAIN, &head);
    assert!(last_pusher(&shop, "permitted").starts_with("SHA256:"));
    // And it is Ada who pushed: what she signs off herself does not count.
    shop.commit(ADA, "Serve the next one\n\nCo-authored-by: Kiro <kiro@amazon.com>");
    push(&shop, "", "ada", &TO_MAIN).refused(&["sign-off-missing"]);
}

#[test]
fn a_certificate_is_good_for_its_own_push_alone() {
    let shop = shop("plain");
    // git's own hook environment, with a certificate of an earlier push: what a client could try where the server
    // lets it set variables.
    let spy = "#!/bin/sh\necho \"$GIT_PUSH_CERT $GIT_PUSH_CERT_NONCE\" >>spied\ncat >/dev/null\n";
    shop.server(&["config", "receive.unpackLimit", "1000"]);
    let hook = shop.bare.join("hooks/pre-receive.before-countersign");
    std::fs::write(&hook, spy).unwrap();
    succeed(shop.command("chmod", "", &shop.bare).arg("755").arg(&hook));
    shop.install(&["--policy", "policy.yaml"]);
    let head = shop.commit(ADA, "Sort the shelves");
    push(&shop, "ada", "ada", &TO_MAIN).landed(MAIN, &head);
    let spied = std::fs::read_to_string(shop.bare.join("spied")).unwrap();
    let (certificate, nonce) = spied.trim().split_once(' ').unwrap();
    shop.commit(ADA, "Serve the next one");
    let again = |status: &str| {
        let before = shop.refs();
        let mut push = shop.command("git", "ada", &shop.work);
        push.env("GIT_PUSH_CERT", certificate).env("GIT_PUSH_CERT_NONCE", nonce);
        push.env("GIT_PUSH_CERT_NONCE_STATUS", status).env("GIT_PUSH_CERT_STATUS", "G");
        Push::new(&push.args(["push", "origin"]).args(TO_MAIN).output().unwrap(), before, shop.refs())
    };
    again("OK").refused(&["pusher-unknown"]).explains("it is for other ref updates than those of this push");
    again("SLOP").refused(&["pusher-unknown"]).explains("too old");
    again("BAD").refused(&["pusher-unknown"]).explains("none that this server gave out");
    // The number of another repository, or of another day.
    let mut other = shop.command("git", "ada", &shop.work);
    other.env("GIT_PUSH_CERT", certificate).env("GIT_PUSH_CERT_NONCE", "1-x").env("GIT_PUSH_CERT_NONCE_STATUS", "OK");
    let output = other.args(["push", "origin"]).args(TO_MAIN).output().unwrap();
    Push::new(&output, shop.refs(), shop.refs()).refused(&["pusher-unknown"]).explains("another number");
}

#[test]
fn where_it_is_optional_a_foreign_signature_is_passed_over() {
    let shop = Shop::unguarded("shop.git", &[]);
    policy(&shop, "optional");
    shop.install(&["--policy", "policy.yaml", "--signed-pushes"]);
    shop.make_key("stranger", &["-t", "ed25519"]);
    let head = shop.commit(ADA, "Sort the shelves");
    push(&shop, "ada", "stranger", &TO_MAIN).landed(MAIN, &head);
    let head = shop.commit(ADA, "Sort them again");
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn the_secret_is_the_repositorys_own_and_nobody_elses() {
    let shop = shop("plain");
    let file = shop.bare.join("countersign/signed-pushes.config");
    let mode = succeed(shop.command("stat", "", &shop.bare).args(["-c", "%a"]).arg(&file));
    assert_eq!(mode, "600");
    let seed = shop.server(&["config", "--includes", "--get", "receive.certNonceSeed"]);
    assert_eq!(seed.len(), 64);
    assert!(!std::fs::read_to_string(shop.bare.join("config")).unwrap().contains(&seed));
    shop.install(&["--policy", "policy.yaml"]);
    assert_eq!(shop.server(&["config", "--get-all", "receive.certNonceSeed"]), seed, "again: the same secret");
    let mut uninstall = shop.command(env!("CARGO_BIN_EXE_countersign"), "", &shop.bare);
    succeed(uninstall.args(["uninstall", "."]));
    assert!(!shop.server(&["config", "--list"]).to_lowercase().contains("certnonceseed"));
}

#[test]
fn over_ssh_and_http_it_is_the_same() {
    let shop = shop("http");
    let server = HttpServer::start(&shop, &["ada"]);
    let client = server.client("ada");
    for (number, title) in ["Sort the shelves", "Serve the next one", "Close the shop"].iter().enumerate() {
        let head = shop.commit(ADA, title);
        if number == 0 {
            client.push(&shop, &TO_MAIN).refused(&["pusher-unknown"]).explains("the push is not signed");
        }
        signed_by(&client, &shop, "ada").landed(MAIN, &head);
    }
    // One key for everybody at the door; the signature tells them apart.
    shop.install(&["--policy", "policy.yaml", "--server", "plain"]);
    let shared = command_line(&shop, "door", "git-shell -c \\\"$SSH_ORIGINAL_COMMAND\\\"");
    let server = SshServer::start(&shop, &shared, "GIT_PROTOCOL");
    let client = server.client(&shop, "door", shop.bare.to_str().unwrap());
    let head = shop.commit(ADA, "Open it again");
    client.push(&shop, &TO_MAIN).refused(&["pusher-unknown"]);
    signed_by(&client, &shop, "ada").landed(MAIN, &head);
}

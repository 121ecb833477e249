//! Sign-offs that must be touched: OpenSSH's software security key signs with and without.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use std::path::Path;
use std::process::Command;

use push_rig::{ADA, GRACE, KIRO, MAIN, Shop, succeed};

/// OpenSSH's own software stand-in for a security key; not every machine has it.
const SOFTWARE_KEY: &str = "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so";

/// Makes keys and records with the software security key, which has a PIN for whoever asks.
fn with_security_key<'c>(shop: &Shop, command: &'c mut Command) -> &'c mut Command {
    let askpass = shop.path("askpass");
    if !askpass.exists() {
        std::fs::write(&askpass, "#!/bin/sh\necho 1234\n").unwrap();
        succeed(shop.command("chmod", "root", &shop.path("")).arg("755").arg(&askpass));
    }
    command.env("SSH_SK_PROVIDER", SOFTWARE_KEY).env("SSH_ASKPASS", &askpass).env("SSH_ASKPASS_REQUIRE", "force")
}

/// A shop that asks for some presence, where Grace has a security key made with some options.
fn shop(asked: &str, options: &[&str]) -> Option<Shop> {
    if !Path::new(SOFTWARE_KEY).exists() {
        return None;
    }
    let shop = Shop::unguarded("shop.git", &[]);
    let mut keygen = shop.command("ssh-keygen", "grace", &shop.path(""));
    keygen.args(["-q", "-N", "", "-C", "grace", "-f", "grace", "-t", "ed25519-sk"]);
    succeed(with_security_key(&shop, &mut keygen).args(options));
    let demand = format!("require: [{{ role: senior, presence: {asked} }}]");
    shop.write_policy(|text| text.replace("require: [{ role: senior }]", &demand));
    shop.install(&["--policy", "policy.yaml"]);
    shop.commit(ADA, KIRO);
    let mut sign = shop.command(env!("CARGO_BIN_EXE_countersign"), "grace", &shop.work);
    sign.args(["sign-off", "origin/main..HEAD", "--target", MAIN, "--repository", "acme/shop", "--yes"]);
    sign.args(["--push", "origin", "--key"]).arg(shop.path("grace"));
    succeed(with_security_key(&shop, &mut sign));
    Some(shop)
}

#[test]
fn a_touched_key_counts_where_a_touch_is_asked_for() {
    let Some(shop) = shop("touch", &[]) else { return };
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn an_untouched_key_does_not_count_where_a_touch_is_asked_for() {
    let Some(shop) = shop("touch", &["-O", "no-touch-required"]) else { return };
    shop.push_main().refused(&["sign-off-missing", "presence-missing"]);
}

#[test]
fn a_touch_is_not_enough_where_a_pin_is_asked_for() {
    let Some(shop) = shop("verified", &[]) else { return };
    shop.push_main().refused(&["sign-off-missing", "presence-missing"]);
}

#[test]
fn a_pin_counts_where_it_is_asked_for() {
    let Some(shop) = shop("verified", &["-O", "verify-required"]) else { return };
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn a_key_in_a_file_does_not_count_where_a_touch_is_asked_for() {
    let shop = Shop::with_policy(|text| text.replace("{ role: senior }", "{ role: senior, presence: touch }"));
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().refused(&["sign-off-missing", "presence-missing"]);
}

/// The policy's rule that takes everything unsigned for an agent's.
fn strict(text: &str, proof: &str) -> String {
    text.replace("gates:\n", &format!("authorship: {{ unmarked: agent, human-proof: {proof} }}\ngates:\n"))
}

/// Commits a new file as Ada, signed with somebody's key.
fn commit_signed(shop: &Shop, key: &str, message: &str) -> String {
    std::fs::write(shop.work.join(message.replace(' ', "-")), message).unwrap();
    shop.git(&["add", "--all"]);
    let mut commit = shop.command("git", "ada", &shop.work);
    let key = format!("user.signingkey={}", shop.path(key).display());
    commit.args(["-c", "gpg.format=ssh", "-c", &key, "commit", "-q", "-S", "-m", message]);
    succeed(with_security_key(shop, &mut commit));
    shop.head()
}

/// A shop that takes unsigned commits for an agent's, and Bob's security key made with some options.
fn shop_of_hands(proof: &str, options: &[&str]) -> Option<Shop> {
    if !Path::new(SOFTWARE_KEY).exists() {
        return None;
    }
    let shop = Shop::unguarded("shop.git", &[]);
    let mut keygen = shop.command("ssh-keygen", "bob", &shop.path(""));
    keygen.args(["-q", "-N", "", "-C", "bob", "-f", "bob", "-t", "ed25519-sk"]);
    succeed(with_security_key(&shop, &mut keygen).args(options));
    shop.write_policy(|text| strict(text, proof));
    shop.install(&["--policy", "policy.yaml"]);
    Some(shop)
}

#[test]
fn a_touched_commit_is_a_persons_where_unmarked_ones_are_an_agents() {
    let Some(shop) = shop_of_hands("touch", &[]) else { return };
    shop.commit(ADA, "Sort the shelves");
    shop.push_main().refused(&["sign-off-missing"]);
    shop.git(&["reset", "-q", "--hard", "origin/main"]);
    let head = commit_signed(&shop, "bob", "Sort the shelves by hand");
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn a_touched_commit_that_names_an_agent_is_the_agents() {
    let Some(shop) = shop_of_hands("touch", &[]) else { return };
    commit_signed(&shop, "bob", KIRO);
    shop.push_main().refused(&["sign-off-missing"]).says("Kiro");
}

#[test]
fn a_commit_signed_without_a_touch_proves_no_hand() {
    let Some(shop) = shop_of_hands("touch", &["-O", "no-touch-required"]) else { return };
    commit_signed(&shop, "bob", "Sort the shelves");
    shop.push_main().refused(&["sign-off-missing"]);
}

#[test]
fn a_touched_commit_is_not_enough_where_a_pin_is_asked_for() {
    let Some(shop) = shop_of_hands("verified", &[]) else { return };
    commit_signed(&shop, "bob", "Sort the shelves");
    shop.push_main().refused(&["sign-off-missing"]);
}

#[test]
fn a_commit_signed_with_a_pin_is_enough_where_one_is_asked_for() {
    let Some(shop) = shop_of_hands("verified", &["-O", "verify-required"]) else { return };
    let head = commit_signed(&shop, "bob", "Sort the shelves");
    shop.push_main().landed(MAIN, &head);
}

/// A shop in which any signature by Bob, Grace or Barbara shows a human hand; Dana's key is out of date, Walter's
/// not yet valid, and one key is an agent's.
fn shop_of_signatures() -> Shop {
    let shop = Shop::unguarded("shop.git", &[]);
    for name in ["fixer", "stranger", "walter"] {
        shop.make_key(name, &["-t", "ed25519"]);
    }
    let public = |name: &str| std::fs::read_to_string(shop.path(&format!("{name}.pub"))).unwrap().trim().to_owned();
    shop.write_policy(|text| {
        let walter = format!(
            "  walter: {{ keys: [{{ key: \"{}\", valid-after: 2099-01-01T00:00:00Z }}] }}\nroles:",
            public("walter")
        );
        strict(text, "signature")
            .replace("keys: [\"KEY:dana\"]", "keys: [{ key: \"KEY:dana\", valid-before: 2020-01-01T00:00:00Z }]")
            .replacen("roles:", &walter, 1)
            .replace("names: [\"Acme Fixer\"],", &format!("names: [\"Acme Fixer\"], keys: [\"{}\"],", public("fixer")))
    });
    shop.install(&["--policy", "policy.yaml"]);
    shop.server(&["config", "receive.fsckObjects", "false"]);
    shop
}

#[test]
fn whoever_signed_a_commit_answers_for_it() {
    let shop = shop_of_signatures();
    let head = commit_signed(&shop, "bob", "Sort the shelves");
    shop.push_main().landed(MAIN, &head);
    // Of Kiro's commit Grace signed nothing but the second: she cannot sign off the two.
    shop.commit(ADA, KIRO);
    commit_signed(&shop, "grace", "Label the shelves");
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().refused(&["sign-off-missing", "self-sign-off"]).says("Grace Hopper");
}

#[test]
fn keys_that_do_not_count_prove_no_hand() {
    let shop = shop_of_signatures();
    for key in ["dana", "walter", "stranger", "fixer"] {
        commit_signed(&shop, key, &format!("Signed by {key}"));
        shop.push_main().refused(&["sign-off-missing"]);
        shop.git(&["reset", "-q", "--hard", "origin/main"]);
    }
}

/// Returns the header of the commit that is checked out which holds its signature.
fn signature_header(shop: &Shop) -> String {
    let raw = shop.git(&["cat-file", "commit", "HEAD"]);
    let start = raw.find("gpgsig ").unwrap();
    let end = raw.find("-----END SSH SIGNATURE-----").unwrap();
    format!("{}-----END SSH SIGNATURE-----\n", raw.get(start..end).unwrap())
}

/// Returns the payload of the commit that is checked out, signed by Bob in some namespace, as a header.
fn signed_elsewhere(shop: &Shop, namespace: &str) -> String {
    let payload = shop.git(&["cat-file", "commit", "HEAD"]) + "\n";
    let mut sign = shop.command("ssh-keygen", "bob", &shop.work);
    sign.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(shop.path("bob"));
    let armor = String::from_utf8(push_rig::feed(sign, payload.as_bytes()).stdout).unwrap();
    format!("gpgsig {}\n", armor.trim().replace('\n', "\n "))
}

/// Puts a header behind the committer of the commit that is checked out.
fn with_header(shop: &Shop, header: &str) -> String {
    shop.edited(|raw| raw.replacen("\n\n", &format!("\n{header}\n"), 1))
}

#[test]
fn signatures_cannot_be_moved_copied_or_borrowed() {
    let shop = shop_of_signatures();
    let push = |head: &str| shop.push("ada", &[&format!("{head}:{MAIN}")]);
    commit_signed(&shop, "bob", "Sort the shelves");
    let moved = signature_header(&shop);
    let other_date = shop.edited(|raw| raw.replacen(" +0000\n", " +0100\n", 1));
    push(&other_date).refused(&["sign-off-missing"]);
    let for_the_other_ids = shop.edited(|raw| raw.replacen("gpgsig ", "gpgsig-sha256 ", 1));
    push(&for_the_other_ids).refused(&["sign-off-missing"]);
    let for_both = with_header(&shop, &moved.replacen("gpgsig ", "gpgsig-sha256 ", 1));
    push(&for_both).refused(&["sign-off-missing"]);
    push(&with_header(&shop, &moved)).refused(&["object-malformed"]);
    shop.git(&["reset", "-q", "--hard", "origin/main"]);
    shop.commit(ADA, "Burn the shelves");
    push(&with_header(&shop, &moved)).refused(&["sign-off-missing"]);
    push(&with_header(&shop, &signed_elsewhere(&shop, "sign-off@countersign"))).refused(&["sign-off-missing"]);
    push(&with_header(&shop, "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n"))
        .refused(&["sign-off-missing"]);
    // The same by the right rules passes: what fails above fails for what it is.
    let right = with_header(&shop, &signed_elsewhere(&shop, "git"));
    push(&right).landed(MAIN, &right);
}

#[test]
fn a_signed_commit_of_sha256_objects_is_read_from_its_own_header() {
    let shop = Shop::unguarded("shop.git", &["--object-format=sha256"]);
    shop.write_policy(|text| strict(text, "signature"));
    shop.install(&["--policy", "policy.yaml"]);
    let head = commit_signed(&shop, "bob", "Sort the shelves");
    assert!(shop.git(&["cat-file", "commit", "HEAD"]).contains("\ngpgsig-sha256 "));
    shop.push_main().landed(MAIN, &head);
    shop.commit(ADA, "Label the shelves");
    shop.push_main().refused(&["sign-off-missing"]);
}

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

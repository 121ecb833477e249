//! Pushes through a real gitolite 3.

use super::gitolite_server::{Gitolite, gitolite};
use super::{assert_sound, last_pusher};
use crate::push_rig::{ADA, GRACE, KIRO, MAIN, Shop, succeed};

const PEOPLE: [&str; 4] = ["ada", "grace", "fixer", "nobody"];

/// A shop on gitolite, with one commit of Ada's on `main` and the gate.
fn shop() -> (Shop, Gitolite) {
    let mut shop = Shop::unguarded("before.git", &[]);
    shop.write_policy(str::to_owned);
    let server = Gitolite::start(&mut shop, &PEOPLE);
    let pushed = server.client(&shop, "ada").push(&shop, &["HEAD:refs/heads/main"]);
    assert!(pushed.succeeded(), "{}", pushed.text);
    shop.server(&["symbolic-ref", "HEAD", MAIN]);
    shop.install(&["--policy", "policy.yaml", "--server", "gitolite"]);
    shop.git(&["remote", "set-url", "origin", shop.bare.to_str().unwrap()]);
    shop.git(&["fetch", "-q", "origin"]);
    (shop, server)
}

#[test]
fn the_right_person_is_named_and_a_refusal_can_be_read() {
    let (shop, server) = shop();
    let [ada, grace] = ["ada", "grace"].map(|person| server.client(&shop, person));
    let head = shop.commit(ADA, KIRO);
    let refused = ada.push(&shop, &["HEAD:refs/heads/main"]);
    refused.refused(&["sign-off-missing"]).says("remote: ").says("Grace Hopper");
    assert_eq!(last_pusher(&shop, "refused"), "plain:ada");
    sign_off_by(&shop, &server);
    grace.push(&shop, &["HEAD:refs/heads/main"]).refused(&["self-sign-off"]);
    assert_eq!(last_pusher(&shop, "refused"), "plain:grace");
    ada.push(&shop, &["HEAD:refs/heads/main"]).landed(MAIN, &head);
    assert_eq!(last_pusher(&shop, "permitted"), "plain:ada");
    assert_sound(&shop);
}

/// Grace signs off what is checked out, and pushes her record through gitolite, too.
fn sign_off_by(shop: &Shop, server: &Gitolite) {
    let mut sign = shop.command(env!("CARGO_BIN_EXE_countersign"), "", &shop.work);
    sign.args(["sign-off", "origin/main..HEAD", "--target", MAIN, "--repository", "acme/shop", "--yes", "--key"]);
    succeed(sign.arg(shop.path(GRACE.account)));
    let records = "refs/countersign/sign-offs/*:refs/countersign/sign-offs/*";
    let pushed = server.client(shop, "grace").push(shop, &[records]);
    assert!(pushed.succeeded(), "{}", pushed.text);
}

#[test]
fn nothing_that_a_client_sends_makes_it_somebody_else() {
    let (shop, server) = shop();
    let mut fixer = server.client(&shop, "fixer");
    fixer.variables[0].1.push_str(" -o 'SetEnv=GL_USER=ada GL_BYPASS_ACCESS_CHECKS=1 GIT_PUSH_OPTION_0=GL_USER=ada'");
    shop.commit(ADA, "Sort the shelves");
    let pushed = fixer.push_with(&shop, &["-o", "GL_USER=ada"], &["HEAD:refs/heads/main"]);
    pushed.refused(&["sign-off-missing"]);
    assert_eq!(last_pusher(&shop, "refused"), "plain:fixer");
}

#[test]
fn a_push_past_gitolite_is_nobodys() {
    let (shop, _server) = shop();
    shop.commit(ADA, "Sort the shelves");
    // On the server itself, without gitolite: its own hook is told to look away, and ours is not asked to.
    let before = shop.refs();
    let mut push = shop.command("git", "ada", &shop.work);
    push.env("GL_BYPASS_ACCESS_CHECKS", "1").args(["push", "origin", "HEAD:refs/heads/main"]);
    let output = push.output().unwrap();
    crate::push_rig::Push::new(&output, before, shop.refs()).refused(&["pusher-unknown"]);
}

#[test]
fn gitolite_keeps_its_own_hooks_and_its_own_word() {
    let (shop, server) = shop();
    let update = std::fs::read_link(shop.bare.join("hooks/update")).unwrap();
    assert!(update.ends_with("hooks/common/update"), "{update:?}");
    let ada = server.client(&shop, "ada");
    let head = shop.commit(ADA, "Sort the shelves");
    // The gate has nothing against it; gitolite has, and comes later.
    ada.push(&shop, &["HEAD:refs/heads/locked"]).refused(&[]).says("DENIED");
    // What gitolite does to all hooks of all repositories leaves the gate where it is.
    succeed(gitolite(&shop).args(["setup", "--hooks-only"]));
    ada.push(&shop, &["HEAD:refs/heads/main"]).landed(MAIN, &head);
    shop.commit(ADA, KIRO);
    ada.push(&shop, &["HEAD:refs/heads/main"]).refused(&["sign-off-missing"]);
    assert_sound(&shop);
}

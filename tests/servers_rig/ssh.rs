//! Pushes through a real sshd and git-shell.

use super::many;
use super::ssh_server::{SshServer, command_line, line};
use super::{assert_sound, last_pusher};
use crate::push_rig::{ADA, GRACE, KIRO, MAIN, Shop};

const PEOPLE: [&str; 5] = ["ada", "bob", "grace", "barbara", "fixer"];

/// What a client may send; a server that takes all of it is badly set up, and still nobody is somebody else.
const EVERYTHING: &str = "COUNTERSIGN_* GIT_* GL_* GITEA_* REMOTE_USER LD_*";

fn lines(shop: &Shop) -> String {
    PEOPLE.iter().map(|person| line(shop, person)).collect()
}

#[test]
fn the_right_person_is_named_and_a_refusal_can_be_read() {
    let shop = Shop::new();
    let server = SshServer::start(&shop, &lines(&shop), "GIT_PROTOCOL");
    let [ada, grace] = ["ada", "grace"].map(|person| server.client(&shop, person, "shop.git"));
    let head = shop.commit(ADA, KIRO);
    let refused = ada.push(&shop, &["HEAD:refs/heads/main"]);
    refused.refused(&["sign-off-missing"]).says("remote: ").says("Grace Hopper");
    assert_eq!(last_pusher(&shop, "refused"), "plain:ada");
    shop.sign_off(GRACE, "origin/main..HEAD");
    grace.push(&shop, &["HEAD:refs/heads/main"]).refused(&["self-sign-off"]);
    assert_eq!(last_pusher(&shop, "refused"), "plain:grace");
    ada.push(&shop, &["HEAD:refs/heads/main"]).landed(MAIN, &head);
    assert_eq!(last_pusher(&shop, "permitted"), "plain:ada");
    assert_sound(&shop);
}

#[test]
fn nothing_that_a_client_sends_makes_it_somebody_else() {
    let shop = Shop::new();
    let server = SshServer::start(&shop, &lines(&shop), EVERYTHING);
    let mut fixer = server.client(&shop, "fixer", "shop.git");
    let sent = [
        "COUNTERSIGN_USER=ada",
        "COUNTERSIGN_HOLDER=1",
        "REMOTE_USER=ada",
        "GL_USER=ada",
        "GIT_CONFIG_COUNT=1",
        "GIT_CONFIG_KEY_0=core.hooksPath",
        "GIT_CONFIG_VALUE_0=/dev/null",
        "GIT_QUARANTINE_PATH=/nowhere",
        "GIT_PUSH_OPTION_0=COUNTERSIGN_USER=ada",
        "GIT_PUSH_CERT_KEY=SHA256:x",
        "LD_PRELOAD=/nowhere.so",
    ];
    fixer.variables[0].1.push_str(&format!(" -o 'SetEnv={}'", sent.join(" ")));
    shop.commit(ADA, "Sort the shelves");
    let pushed = fixer.push_with(&shop, &["-o", "COUNTERSIGN_USER=ada"], &["HEAD:refs/heads/main"]);
    pushed.refused(&["sign-off-missing"]);
    assert_eq!(last_pusher(&shop, "refused"), "plain:fixer");
    let other = "--receive-pack=git -c core.hooksPath=/dev/null receive-pack";
    fixer.push_with(&shop, &[other], &["HEAD:refs/heads/main"]).refused(&[]).says("runs git's own commands");
    let tricky = "--receive-pack=git-receive-pack '/' ;";
    fixer.push_with(&shop, &[tricky], &["HEAD:refs/heads/main"]).refused(&[]).says("runs git's own commands");
}

#[test]
fn a_key_opens_no_shell_and_no_other_folder() {
    let shop = Shop::new();
    let server = SshServer::start(&shop, &lines(&shop), "GIT_PROTOCOL");
    let ask = |wanted: &[&str]| {
        let words = server.ssh(&shop, "ada");
        let mut ssh = shop.command(&words[0], "", &shop.work);
        let output = ssh.args(&words[1..]).args(server.destination()).args(wanted).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(
        ask(&[]),
        "countersign: hello ada, this key is for git: there is no shell here\n\
         next: git clone, fetch and push with this address\n"
    );
    assert_eq!(
        ask(&["id"]),
        "countersign: this key runs git's own commands and nothing else\n\
         next: git clone, fetch and push with this address\n"
    );
    assert_eq!(
        ask(&["git-upload-pack '/../../etc'"]),
        "countersign: there is no repository `/../../etc` here\nnext: check the path in `git remote -v`\n"
    );
    let fetched = server.client(&shop, "ada", "shop.git");
    assert!(fetched.command(&shop, &shop.work, &["ls-remote", &fetched.url]).status().unwrap().success());
}

#[test]
fn nobody_is_refused() {
    let shop = Shop::new();
    // One key for everybody, and no word about who it is.
    let shared = command_line(&shop, "ada", "git-shell -c \\\"$SSH_ORIGINAL_COMMAND\\\"");
    let server = SshServer::start(&shop, &shared, "GIT_PROTOCOL");
    let somebody = server.client(&shop, "ada", shop.bare.to_str().unwrap());
    shop.commit(ADA, "Sort the shelves");
    somebody.push(&shop, &["HEAD:refs/heads/main"]).refused(&["pusher-unknown"]).says("account");
}

#[test]
fn two_hundred_pushes_at_once_lose_nothing() {
    let shop = Shop::new();
    let people = ["ada", "bob", "grace", "barbara"];
    let server = SshServer::start(&shop, &lines(&shop), "GIT_PROTOCOL");
    many::push(&shop, &people, &|person| server.client(&shop, person, "shop.git"));
}

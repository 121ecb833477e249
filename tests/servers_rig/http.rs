//! Pushes through git-http-backend behind a real web server.

use super::http_server::HttpServer;
use super::{assert_sound, last_pusher, many};
use crate::push_rig::{ADA, GRACE, KIRO, MAIN, Shop};

const PEOPLE: [&str; 5] = ["ada", "bob", "grace", "barbara", "fixer"];

fn shop() -> (Shop, HttpServer) {
    let shop = Shop::new();
    shop.install(&["--policy", "policy.yaml", "--server", "http"]);
    let server = HttpServer::start(&shop, &PEOPLE);
    (shop, server)
}

#[test]
fn the_right_person_is_named_and_a_refusal_can_be_read() {
    let (shop, server) = shop();
    let [ada, grace] = ["ada", "grace"].map(|person| server.client(person));
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
    let (shop, server) = shop();
    let mut fixer = server.client("fixer");
    for (name, value) in [("REMOTE_USER", "ada"), ("COUNTERSIGN_USER", "ada"), ("GIT_CONFIG_COUNT", "1")] {
        fixer.variables.push((name.to_owned(), value.to_owned()));
    }
    // That one sets git's own configuration on this side only.
    fixer.variables.pop();
    let headers = ["REMOTE_USER: ada", "Remote-User: ada", "X-Remote-User: ada", "Git-Config-Count: 1"];
    let options: Vec<String> = headers.iter().map(|header| format!("http.extraHeader={header}")).collect();
    shop.commit(ADA, "Sort the shelves");
    let before = shop.refs();
    let mut push: Vec<&str> = options.iter().flat_map(|option| ["-c", option]).collect();
    push.extend(["push", "-o", "REMOTE_USER=ada", &fixer.url, "HEAD:refs/heads/main"]);
    let output = fixer.command(&shop, &shop.work, &push).output().unwrap();
    crate::push_rig::Push::new(&output, before, shop.refs()).refused(&["sign-off-missing"]);
    assert_eq!(last_pusher(&shop, "refused"), "plain:fixer");
}

#[test]
fn nobody_is_refused() {
    let (shop, server) = shop();
    shop.commit(ADA, "Sort the shelves");
    let wrong = server.client_at("ada:pw-grace@", "git");
    wrong.push(&shop, &["HEAD:refs/heads/main"]).refused(&[]);
    // git itself lets nobody push without a name, unless somebody told it to.
    shop.server(&["config", "http.receivepack", "true"]);
    let somebody = server.client_at("", "open");
    somebody.push(&shop, &["HEAD:refs/heads/main"]).refused(&["pusher-unknown"]).says("account");
}

#[test]
fn two_hundred_pushes_at_once_lose_nothing() {
    let (shop, server) = shop();
    many::push(&shop, &["ada", "bob", "grace", "barbara"], &|person| server.client(person));
}

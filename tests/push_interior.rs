//! States that history passed through and nobody looked at: what lands clears the state of its head.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, GRACE, KIRO, MAIN, Shop};

const RELEASE: &str = "refs/heads/release/1";

/// A gate that looks at some paths only.
fn paths(policy: &str) -> String {
    policy.replace("when: { authorship-at-least: assisted }", "when: { paths: [\"src/**\"] }")
}

/// A shop with a release branch, and two commits that undo each other: the first adds a back door.
struct Undone {
    shop: Shop,
    base: String,
    evil: String,
    tidy: String,
}

impl Undone {
    fn new(policy: impl Fn(&str) -> String) -> Self {
        let shop = Shop::with_policy(policy);
        let base = shop.head();
        shop.push("ada", &[&format!("HEAD:{RELEASE}")]).landed(RELEASE, &base);
        std::fs::create_dir(shop.work.join("src")).unwrap();
        std::fs::write(shop.work.join("src/evil"), "a back door\n").unwrap();
        shop.git(&["add", "src/evil"]);
        shop.git(&["commit", "-q", "-m", KIRO]);
        let evil = shop.head();
        shop.git(&["rm", "-q", "src/evil"]);
        shop.git(&["commit", "-q", "-m", "Tidy up"]);
        let tidy = shop.head();
        Self { shop, base, evil, tidy }
    }

    /// Lets both land on the release branch, signed.
    fn land_on_release(&self) {
        let range = format!("{}..{}", self.base, self.tidy);
        self.shop.record(GRACE, &["sign-off", &range, "--target", RELEASE]);
        self.shop.push("ada", &[&format!("{}:{RELEASE}", self.tidy)]).landed(RELEASE, &self.tidy);
    }
}

#[test]
fn a_state_inside_a_signed_range_is_not_cleared() {
    let undone = Undone::new(str::to_owned);
    undone.land_on_release();
    let Undone { shop, evil, tidy, .. } = &undone;
    shop.push("ada", &[&format!("{evil}:{MAIN}")]).refused(&["sign-off-missing"]);
    shop.push("ada", &[&format!("{tidy}:{MAIN}")]).landed(MAIN, tidy);
}

#[test]
fn a_clean_merge_of_a_state_inside_a_signed_range_is_not_cleared() {
    let undone = Undone::new(str::to_owned);
    undone.land_on_release();
    let Undone { shop, base, evil, tidy } = &undone;
    shop.git(&["checkout", "-q", "--detach", base]);
    let moved_on = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &moved_on);
    shop.git(&["merge", "-q", "--no-ff", "-m", "Merge the release", evil]);
    shop.push_main().refused(&["sign-off-missing"]);
    shop.git(&["reset", "-q", "--hard", &moved_on]);
    shop.git(&["merge", "-q", "--no-ff", "-m", "Merge the release", tidy]);
    shop.push_main().landed(MAIN, &shop.head());
}

#[test]
fn a_new_ref_at_a_state_inside_a_signed_range_is_asked_about() {
    let undone = Undone::new(str::to_owned);
    let Undone { shop, base, evil, tidy } = &undone;
    shop.sign_off(GRACE, &format!("{base}..{tidy}"));
    shop.push("ada", &[&format!("{tidy}:{MAIN}")]).landed(MAIN, tidy);
    shop.git(&["checkout", "-q", "--detach", tidy]);
    let next = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &next);
    for name in ["refs/tags/v1", "refs/heads/release/2"] {
        shop.push("ada", &[&format!("{evil}:{name}")]).refused(&["sign-off-missing"]);
    }
    // At the ends of what landed, and where everything began, a release may begin, too.
    for (number, state) in [base, tidy, &next].into_iter().enumerate() {
        let name = format!("refs/heads/release/2{number}");
        shop.push("ada", &[&format!("{state}:{name}")]).landed(&name, state);
    }
    // And at the one in between, once somebody looked at it.
    shop.record(GRACE, &["sign-off", &format!("{base}..{evil}"), "--target", "refs/tags/v1"]);
    shop.push("ada", &[&format!("{evil}:refs/tags/v1")]).landed("refs/tags/v1", evil);
}

#[test]
fn a_new_ref_at_what_landed_past_the_gate_is_asked_about() {
    let shop = Shop::new();
    let smuggled = shop.commit(ADA, KIRO);
    shop.push("ada", &["HEAD:refs/heads/topic"]);
    shop.server(&["update-ref", MAIN, &smuggled]);
    let next = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &next);
    shop.push("ada", &[&format!("{smuggled}:{RELEASE}")]).refused(&["sign-off-missing"]);
    shop.push("ada", &[&format!("{next}:{RELEASE}")]).landed(RELEASE, &next);
}

#[test]
fn nor_is_one_inside_a_range_whose_paths_no_gate_looked_at() {
    let Undone { shop, evil, tidy, .. } = Undone::new(paths);
    shop.push("ada", &[&format!("{tidy}:{RELEASE}")]).landed(RELEASE, &tidy);
    shop.push("ada", &[&format!("{evil}:{MAIN}")]).refused(&["sign-off-missing"]);
}

#[test]
fn a_gate_that_had_no_reason_to_ask_clears_nothing_where_it_has_one() {
    let Undone { shop, base, evil, tidy } = Undone::new(paths);
    shop.push("ada", &[&format!("{tidy}:{RELEASE}")]).landed(RELEASE, &tidy);
    shop.sign_off(GRACE, &format!("{base}..{evil}"));
    shop.push("ada", &[&format!("{evil}:{MAIN}")]).landed(MAIN, &evil);
    // On the release branch the commit only undid what came with it. Here it undoes what was signed.
    shop.push("ada", &[&format!("{tidy}:{MAIN}")]).refused(&["sign-off-missing"]);
}

//! `countersign doctor --github` of the hook's program, which knows no GitHub.
#![cfg(not(feature = "server"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "integration test")]

mod cli_support;

use cli_support::World;

#[test]
fn a_program_without_the_service_says_so() {
    let ran = World::new().run(&["doctor", "--github", "acme/shop"]);
    let expected = "countersign: this program was built without the feature `server`, which `--github` needs\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (2, expected));
}

//! Tries every attack of `tests/attacks/` against the program, each on a ground of its own. What an attack does and
//! expects stands in its file; how to write one, in `tests/attacks/README.md`.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "attacks/catalogue.rs"]
mod catalogue;

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let trials = catalogue::attacks().into_iter().map(|attack| {
        let name = attack.name.clone();
        Trial::test(name, move || is_held_off(&attack.path))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit()
}

#[expect(clippy::disallowed_methods, reason = "tests start what people start")]
fn is_held_off(attack: &Path) -> Result<(), Failed> {
    let mut ground = Command::new(catalogue::folder().join("ground.sh"));
    let output = ground.arg(attack).env("COUNTERSIGN", env!("CARGO_BIN_EXE_countersign")).output().unwrap();
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{}: {}\n{}", attack.display(), output.status, String::from_utf8_lossy(&said)).into())
}

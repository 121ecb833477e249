//! Whether the hook that watches refs looks at the gate's own: the one that `install` writes does not.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// What `install` writes, before its two paths are put in.
const OURS: &str = include_str!("../../../hooks/reference-transaction");
/// More than that with its paths is somebody else's.
const BYTES: u64 = 16 << 10;

/// Tells whether no hook stands at a path, or ours without another one behind it.
pub(super) fn looks_away(hook: &Path) -> bool {
    let mut text = String::new();
    match File::open(hook) {
        Ok(file) => file.take(BYTES).read_to_string(&mut text).is_ok() && is_ours_alone(&text),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn is_ours_alone(text: &str) -> bool {
    let is_same = |(line, ours): (&str, &str)| match ours.split_once('@') {
        Some(("countersign=", _)) => line.starts_with("countersign='"),
        Some(("earlier=", rest)) => rest.strip_prefix("EARLIER@") == line.strip_prefix("earlier=''"),
        _ => line == ours,
    };
    text.lines().count() == OURS.lines().count() && text.lines().zip(OURS.lines()).all(is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(program: &str, earlier: &str) -> String {
        OURS.replace("@COUNTERSIGN@", program).replace("@EARLIER@", earlier)
    }

    #[test]
    fn ours_looks_away_unless_another_hook_stands_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let hook = folder.path().join("reference-transaction");
        assert!(looks_away(&hook));
        let looks = |text: &str| {
            std::fs::write(&hook, text).unwrap();
            looks_away(&hook)
        };
        assert!(looks(&placed("'/usr/bin/countersign'", "''")));
        assert!(!looks(&placed("'/usr/bin/countersign'", "\"$0.before-countersign\"")));
        assert!(!looks(&format!("{}mirror\n", placed("'/usr/bin/countersign'", "''"))));
        assert!(!looks("#!/bin/sh\nmirror\n"));
        assert!(!looks(""));
    }
}

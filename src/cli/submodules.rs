//! Submodules that a change moves: what they point to comes from elsewhere, and no diff shows it.

use anyhow::Result;

use super::client::Client;
use crate::model::terminal_safe;

/// The mode of an entry that points to a commit of another repository (git-fast-import(1)).
const LINK: &[u8] = b"160000";

/// What git is asked: raw changes of every path, whatever the clone's settings hide.
const CHANGES: [&str; 7] =
    ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--ignore-submodules=none"];

/// Returns a line for each submodule that points to another commit at the head than at the base.
///
/// # Errors
/// When git cannot tell.
pub fn moved(client: &Client, base: &str, head: &str) -> Result<Vec<String>> {
    Ok(links(&client.git(&[&CHANGES[..], &[base, head, "--"]].concat())?))
}

/// Reads raw changes: `:OLDMODE NEWMODE OLD NEW STATUS`, and the path (git-diff-tree(1), "RAW OUTPUT FORMAT").
fn links(raw: &[u8]) -> Vec<String> {
    let mut fields = raw.split(|byte| *byte == 0);
    let mut lines = Vec::new();
    while let (Some(change), Some(path)) = (fields.next(), fields.next()) {
        let words: Vec<&[u8]> = change.split(|byte| *byte == b' ').collect();
        if let [_, new_mode, _, new, ..] = words.as_slice()
            && *new_mode == LINK
        {
            let path = terminal_safe(&String::from_utf8_lossy(path));
            let to: String = String::from_utf8_lossy(new).chars().filter(char::is_ascii_hexdigit).take(12).collect();
            lines.push(format!("{path} points to commit {to} of another repository, which is not shown here"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_that_is_there_afterwards_is_named() {
        let zero = "0".repeat(40);
        let raw = format!(
            ":160000 160000 {} {} M\0lib\0:000000 160000 {zero} {} A\0new\u{1b}[2J\0:160000 000000 {} {zero} D\0gone\0\
             :100644 100755 {zero} {zero} M\0160000\0",
            "1".repeat(40),
            "2".repeat(40),
            "3".repeat(40),
            "4".repeat(40)
        );
        let lines = links(raw.as_bytes());
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[0], "lib points to commit 222222222222 of another repository, which is not shown here");
        assert!(lines[1].contains("333333333333") && !lines[1].contains('\u{1b}'), "{lines:?}");
        assert_eq!(links(b""), [""; 0]);
        assert_eq!(links(b":160000 160000"), [""; 0]);
    }
}

//! The client's hooks: they help, and never stand in the way. The server decides.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::{Exit, Shell, check};
use crate::hook::updates::parse_push_lines;

/// The most bytes of a commit message that is looked at.
const MESSAGE_BYTES: u64 = 1 << 20;

/// Says what the server would say to a push, and lets it go on.
///
/// # Errors
/// When standard input cannot be read.
pub fn pre_push(remote: Option<&str>, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut input = Vec::new();
    shell.input.take(MESSAGE_BYTES).read_to_end(&mut input).context("reading what git hands over")?;
    for line in parse_push_lines(&input) {
        if let Err(error) = check::foresee(&line, remote, shell) {
            writeln!(shell.err, "countersign: cannot tell what the server will say: {error:#}")?;
        }
    }
    Ok(Exit::Permitted)
}

/// Adds an honest trailer to a commit that an agent's shell makes.
///
/// # Errors
/// When the message cannot be read or written.
pub fn prepare_commit_msg(file: &Path, source: Option<&str>, shell: &mut Shell<'_>) -> Result<Exit> {
    // A merge or a squash carries the messages of its commits; those were marked when they were made.
    if matches!(source, Some("merge" | "squash")) {
        return Ok(Exit::Permitted);
    }
    let Some(agent) = agent_of(&|name| shell.variable(name).map(ToOwned::to_owned)) else { return Ok(Exit::Permitted) };
    let path = shell.directory.join(file);
    let message = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let trailer = format!("Assisted-by: {agent}");
    if message.lines().any(|line| line.trim().eq_ignore_ascii_case(&trailer)) {
        return Ok(Exit::Permitted);
    }
    std::fs::write(&path, with_trailer(&message, &trailer)).with_context(|| format!("writing {}", path.display()))?;
    Ok(Exit::Permitted)
}

/// Variables that only an agent's own shell sets, with the agent. The vendor-neutral `AI_AGENT` is
/// asked first. Variables that people's editors set as well, such as `CURSOR_TRACE_ID` and
/// `REPL_ID`, are not among them.
const SHELLS: [(&str, &str); 17] = [
    ("CLAUDECODE", "Claude Code"),
    ("GEMINI_CLI", "Gemini CLI"),
    ("QWEN_CODE", "Qwen Code"),
    ("CURSOR_AGENT", "Cursor"),
    ("CODEX_THREAD_ID", "Codex"),
    ("CODEX_SANDBOX", "Codex"),
    ("COPILOT_CLI", "GitHub Copilot"),
    ("COPILOT_AGENT", "GitHub Copilot"),
    ("KIRO_AGENT_PATH", "Kiro"),
    ("CLINE_ACTIVE", "Cline"),
    ("ROO_CODE_TASK_ID", "Roo Code"),
    ("AUGMENT_AGENT", "Augment"),
    ("AMP_CURRENT_THREAD_ID", "Amp"),
    ("CRUSH", "Crush"),
    ("OPENCODE", "opencode"),
    ("GOOSE_TERMINAL", "Goose"),
    ("ANTIGRAVITY_AGENT", "Google Antigravity"),
];

/// Returns the agent whose shell this is.
fn agent_of(variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty() && value != "0" && value != "false");
    let proper =
        |name: &String| name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || " ._-@/".contains(c));
    if let Some(name) = set("AI_AGENT").filter(proper) {
        return Some(name);
    }
    if set("AWS_EXECUTION_ENV").is_some_and(|value| value.contains("AmazonQ-For-CLI")) {
        return Some("Amazon Q Developer".to_owned());
    }
    SHELLS.iter().find(|(name, _)| set(name).is_some()).map(|(_, agent)| (*agent).to_owned())
}

/// Puts a trailer behind the message and before git's comments.
fn with_trailer(message: &str, trailer: &str) -> String {
    let lines: Vec<&str> = message.lines().collect();
    let comments = lines.iter().position(|line| line.starts_with('#')).unwrap_or(lines.len());
    let (body, rest) = lines.split_at(comments);
    let body = body.join("\n");
    let body = body.trim_end();
    let last = body.rsplit("\n\n").next().unwrap_or_default();
    let is_trailer = |line: &str| line.split_once(": ").is_some_and(|(key, _)| !key.is_empty() && !key.contains(' '));
    let joins = body.contains("\n\n") && !last.is_empty() && last.lines().all(is_trailer);
    let gap = if joins { "\n" } else { "\n\n" };
    let rest = if rest.is_empty() { String::new() } else { format!("\n{}\n", rest.join("\n")) };
    format!("{body}{gap}{trailer}\n{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agents_shell_is_known_by_its_own_variable() {
        let with = |name: &'static str, value: &'static str| {
            agent_of(&|asked: &str| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(with("CLAUDECODE", "1").as_deref(), Some("Claude Code"));
        assert_eq!(with("AI_AGENT", "kiro@2").as_deref(), Some("kiro@2"));
        assert_eq!(with("AI_AGENT", "x\nSigned-off-by: y"), None);
        assert_eq!(with("CURSOR_TRACE_ID", "abc"), None);
        assert_eq!(with("CLAUDECODE", "0"), None);
    }

    #[test]
    fn the_trailer_joins_a_block_or_starts_one() {
        let t = "Assisted-by: Kiro";
        assert_eq!(with_trailer("Fix it\n", t), "Fix it\n\nAssisted-by: Kiro\n");
        assert_eq!(
            with_trailer("Fix it\n\nWhy.\n\nSigned-off-by: Ada <ada@example.com>\n# Please enter\n# the message\n", t),
            "Fix it\n\nWhy.\n\nSigned-off-by: Ada <ada@example.com>\nAssisted-by: Kiro\n\n# Please enter\n# the message\n"
        );
        assert_eq!(with_trailer("Fix: it\n", t), "Fix: it\n\nAssisted-by: Kiro\n");
    }
}

//! `countersign explain`: what a finding means and how it is cleared.

use anyhow::Result;

use super::{Exit, Format, Shell};
use crate::decide::Code;
use crate::explain::nearest;
use crate::render::Look;
use crate::render::explanation::{explanation, explanation_json};

/// Explain a finding: what it checks, why it matters, how it is cleared
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The finding's code, such as `sign-off-missing`; without one all are listed
    code: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let Some(text) = &args.code else { return list(shell) };
    let text = text.trim_matches(['[', ']']);
    let Some(code) = Code::parse(text) else {
        let shown = crate::model::terminal_safe(text);
        writeln!(shell.err, "error: there is no finding `{shown}`")?;
        let near = nearest(text);
        if !near.is_empty() {
            let near: Vec<String> = near.iter().map(|code| format!("`{code}`")).collect();
            writeln!(shell.err, "hint: did you mean {}?", near.join(" or "))?;
        }
        return Ok(Exit::Usage);
    };
    if shell.format == Format::Json {
        writeln!(shell.out, "{}", explanation_json(code))?;
        return Ok(Exit::Permitted);
    }
    write!(shell.out, "{}", explanation(code, &Look { color: shell.color_out, ..Look::default() }))?;
    Ok(Exit::Permitted)
}

fn list(shell: &mut Shell<'_>) -> Result<Exit> {
    let width = Code::ALL.iter().map(|code| code.as_str().len()).max().unwrap_or(0);
    for code in Code::ALL {
        let weight = if code.is_blocking() { "blocks" } else { "note" };
        writeln!(shell.out, "{:width$}  {weight:6}  {}", code.as_str(), code.summary())?;
    }
    Ok(Exit::Permitted)
}

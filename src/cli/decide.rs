//! `countersign decide`: the pure core on a facts document.

use std::io::{BufRead as _, Read as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::policy_source::load_file;
use super::{Exit, Shell};
use crate::decide::Decider;
use crate::facts::Facts;
use crate::model::Digest;
use crate::verify::strict_json;

/// The most bytes of one facts document.
const MOST_BYTES: u64 = 256 << 20;

/// Decide on assumed facts, and print the verdict
///
/// Nothing decided here is ever enforced: the facts are what the document says. Exits with 0 when
/// the verdict is `permit`, with 1 when it is `refuse`; with `--lines`, with 0 when every line
/// could be answered.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The policy to decide by
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// A facts document in JSON; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    facts: PathBuf,
    /// Read one facts document a line from standard input, and answer a line each
    #[arg(long)]
    lines: bool,
}

/// Runs the command.
///
/// # Errors
/// When a document cannot be read.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let loaded = match load_file(&args.policy, shell)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let decider = Decider::new(&loaded.policy);
    if args.lines {
        return decide_lines(args, &decider, shell);
    }
    let text = read_document(args, shell)?;
    let verdict = decide_text(&decider, &text).context("reading the facts document")?;
    writeln!(shell.out, "{}", verdict.to_json()?)?;
    Ok(if verdict.is_permit() { Exit::Permitted } else { Exit::Refused })
}

fn read_document(args: &Args, shell: &mut Shell<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if args.facts.as_os_str() == "-" {
        shell.input.take(MOST_BYTES).read_to_end(&mut bytes).context("reading standard input")?;
    } else {
        let path = shell.directory.join(&args.facts);
        let file = std::fs::File::open(&path).with_context(|| format!("opening {}", path.display()))?;
        file.take(MOST_BYTES).read_to_end(&mut bytes).with_context(|| format!("reading {}", path.display()))?;
    }
    Ok(bytes)
}

/// Answers every line; one that is no facts document gets an error line and does not stop the rest.
fn decide_lines(args: &Args, decider: &Decider<'_>, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut file;
    let input: &mut dyn std::io::BufRead = if args.facts.as_os_str() == "-" {
        shell.input
    } else {
        let path = shell.directory.join(&args.facts);
        file =
            std::io::BufReader::new(std::fs::File::open(&path).with_context(|| format!("opening {}", path.display()))?);
        &mut file
    };
    let mut all_answered = true;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.take(MOST_BYTES).read_until(b'\n', &mut line).context("reading the facts")? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match decide_text(decider, &line) {
            Ok(verdict) => writeln!(shell.out, "{}", verdict.to_json()?)?,
            Err(error) => {
                all_answered = false;
                writeln!(shell.out, "{}", serde_json::json!({ "error": format!("{error:#}") }))?;
            }
        }
    }
    Ok(if all_answered { Exit::Permitted } else { Exit::Undetermined })
}

/// Decides one document. The verdict names the facts by the digest of the document as given.
fn decide_text(decider: &Decider<'_>, text: &[u8]) -> Result<crate::decide::Verdict> {
    let document = strict_json::parse(text)?;
    let digest = Digest::of(&serde_json_canonicalizer::to_vec(&document)?);
    let facts: Facts = serde_json::from_value(document)?;
    facts.check()?;
    Ok(decider.decide_as(&facts, digest))
}

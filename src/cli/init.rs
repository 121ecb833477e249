//! `countersign init`: a commented policy to start from.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{Exit, Shell};
use crate::policy::{StarterOptions, starter};

/// Where a policy lies in a repository unless told otherwise.
pub const POLICY_PATH: &str = ".countersign/policy.yaml";

/// Write a commented starter policy; an existing one is never overwritten
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to write `.countersign/policy.yaml` to
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// A senior reviewer: `ID:Full Name:EMAIL`, and `:KEY` (an SSH public key or the path of one)
    #[arg(long, value_name = "PERSON")]
    senior: Vec<String>,
    /// A release manager, who may override; written like `--senior`
    #[arg(long, value_name = "PERSON")]
    release_manager: Vec<String>,
    /// The branch to protect
    #[arg(long, default_value = "main")]
    branch: String,
}

/// Runs the command.
///
/// # Errors
/// When the file cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let path = shell.directory.join(&args.directory).join(POLICY_PATH);
    if path.exists() {
        writeln!(shell.err, "{} is there already; it was left as it is", path.display())?;
        writeln!(shell.err, "hint: countersign policy check {}", path.display())?;
        return Ok(Exit::Usage);
    }
    let mut options = StarterOptions { branch: args.branch.clone(), ..StarterOptions::default() };
    for text in &args.senior {
        options.seniors.push(person(text, shell)?);
    }
    for text in &args.release_manager {
        options.release_managers.push(person(text, shell)?);
    }
    ask(&mut options, shell)?;
    let text = starter(&options);
    if let Err(errors) = crate::policy::load(text.as_bytes(), POLICY_PATH) {
        let problems = crate::render::policy_problem::render(&errors.problems, &text, POLICY_PATH, shell.color);
        write!(shell.err, "{problems}")?;
        return Ok(Exit::Usage);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let mut file = std::fs::File::create_new(&path).with_context(|| format!("writing {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    if !shell.quiet {
        writeln!(shell.err, "wrote {}", path.display())?;
        writeln!(shell.err, "next: read it, then `countersign policy check {}`", path.display())?;
    }
    Ok(Exit::Permitted)
}

//! `countersign policy check`: everything that is wrong with a policy, at once and at its place.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::json;

use crate::cli::policy_source::{load_file, read_file};
use crate::cli::{Exit, Format, Shell, json};
use crate::policy::{Loaded, Policy, PolicyErrors, Problem, Severity, load, load_gates_only};
use crate::render::sarif::{self, SarifResult};
use crate::render::workflow_command::{self, Place, Weight};
use crate::render::{error, policy_problem, text};

/// Say everything that is wrong with a policy, at its place
///
/// Exits with 0 when the policy can be used, with 3 when it cannot. Warnings are shown and do not
/// change the exit code, unless `--strict` is given.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  countersign policy check\n  countersign policy check /srv/policy.yaml --strict\n  \
    countersign policy check countersign.yaml --under /srv/policy.yaml\n  \
    countersign --format sarif policy check > policy.sarif"
)]
pub struct Args {
    /// The policy
    #[arg(default_value = ".countersign/policy.yaml", value_name = "FILE")]
    file: PathBuf,
    /// The server's policy file, when FILE is what a repository adds to it
    #[arg(long, value_name = "FILE")]
    under: Option<PathBuf>,
    /// Take warnings for errors
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
///
/// # Errors
/// When the answer cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let base = match &args.under {
        None => None,
        Some(path) => match load_file(path, shell)? {
            Ok(loaded) => Some(loaded.policy),
            Err(exit) => return Ok(exit),
        },
    };
    let bytes = match read_file(&shell.directory.join(&args.file)) {
        Ok(bytes) => bytes,
        Err(failure) => {
            writeln!(shell.err, "{}", error::render(&failure, shell.color))?;
            writeln!(shell.err, "hint: `countersign init` writes a policy to start from")?;
            return Ok(Exit::PolicyInvalid);
        }
    };
    let name = args.file.display().to_string();
    let result = match &base {
        Some(base) => load_gates_only(&bytes, &name, base),
        None => load(&bytes, &name),
    };
    let (problems, policy) = match result {
        Ok(Loaded { policy, warnings, .. }) => (warnings, Some(policy)),
        Err(PolicyErrors { problems, .. }) => (problems, None),
    };
    match shell.format {
        Format::Human => show(&problems, policy.as_ref(), &bytes, &name, shell)?,
        Format::Json | Format::Svg => problems
            .iter()
            .try_for_each(|problem| json::write_for(shell.format, shell.out, &as_json(problem, &name)))?,
        Format::Github => {
            problems.iter().try_for_each(|problem| shell.out.write_all(mark(problem, &name).as_bytes()))?
        }
        Format::Sarif => {
            let results: Vec<SarifResult> = problems.iter().map(|problem| as_sarif(problem, &name)).collect();
            json::write_for(shell.format, shell.out, &sarif::log(&results))?;
        }
    }
    let usable = policy.is_some() && (!args.strict || problems.is_empty());
    Ok(if usable { Exit::Permitted } else { Exit::PolicyInvalid })
}

fn show(problems: &[Problem], policy: Option<&Policy>, bytes: &[u8], name: &str, shell: &mut Shell<'_>) -> Result<()> {
    write!(shell.err, "{}", policy_problem::render(problems, bytes, name, shell.color))?;
    if shell.quiet {
        return Ok(());
    }
    let name = text::safe(name);
    match policy {
        None => writeln!(shell.err, "{name} cannot be used: {}", policy_problem::count(problems))?,
        Some(policy) => {
            let gates = text::counted(policy.gates.len(), "gate");
            let people = if policy.people.len() == 1 {
                "1 person".to_owned()
            } else {
                format!("{} people", policy.people.len())
            };
            let roles = text::counted(policy.roles.len(), "role");
            let problems = policy_problem::count(problems);
            writeln!(shell.err, "{name} can be used: {gates}, {people}, {roles}; {problems}")?;
        }
    }
    Ok(())
}

fn as_json(problem: &Problem, name: &str) -> serde_json::Value {
    json!({
        "code": problem.code,
        "severity": problem.severity.to_string(),
        "message": problem.message,
        "label": problem.label,
        "hint": problem.hint,
        "consequence": problem.consequence,
        "file": name,
        "line": problem.line,
        "column": problem.column,
    })
}

/// Everything that is said about a problem, in one text.
fn in_one(problem: &Problem) -> String {
    let mut text = problem.message.clone();
    for part in [&problem.label, &problem.hint, &problem.consequence].into_iter().flatten() {
        text.push_str("; ");
        text.push_str(part);
    }
    text
}

fn mark(problem: &Problem, name: &str) -> String {
    let weight = if problem.severity == Severity::Error { Weight::Error } else { Weight::Warning };
    let place = Place { file: name, line: problem.line as u64, column: problem.column as u64 };
    workflow_command::render(weight, place, &format!("policy: {}", problem.code), &in_one(problem))
}

fn as_sarif(problem: &Problem, name: &str) -> SarifResult {
    SarifResult {
        rule: problem.code.to_owned(),
        level: if problem.severity == Severity::Error { "error" } else { "warning" },
        message: in_one(problem),
        file: name.to_owned(),
        line: problem.line,
        column: problem.column,
    }
}

//! `countersign init`: a commented policy to start from.

mod ask;
mod people;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{Exit, POLICY_PATH, Shell};
use crate::policy::{Profile, StarterOptions, load, starter};
use crate::render::{policy_problem, text};

/// Write a commented starter policy; one that is there already is never overwritten
///
/// On a terminal it asks who reviews and who may override. Elsewhere, or where people are given as
/// arguments, it asks nothing; without any people it writes examples to be replaced.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign init\n  countersign init --no-input\n  \
    countersign init --senior 'grace:Grace Hopper:grace@example.com:grace.pub' \\\n      \
    --release-manager 'dana:Dana Scully:dana@example.com' \\\n      \
    --member 'ada:Ada Byron:ada@example.com'\n\n\
    Profiles, and docs/profiles.md says who may do what under each:\n  \
    minimal  a senior looks at what an agent wrote; everything else passes\n  \
    senior   somebody else looks at every change, a senior at an agent's\n  \
    pci      author, reviewer and release approver are three people (PCI DSS 6.2.3.1)\n  \
    slsa-l4  two trusted people agree to every change, and no agent is one\n  \
    strict   two seniors on every change, a release manager on every release,\n           \
    security keys\n\n\
    A PERSON is written ID:FULL NAME:E-MAIL, and :KEY where KEY is the line of an SSH\n\
    .pub file or the path of one. Somebody named twice has both roles.")]
pub struct Args {
    /// The folder to write `.countersign/policy.yaml` to
    #[arg(default_value = ".", value_name = "DIR")]
    directory: PathBuf,
    /// How far duties are kept apart: minimal, senior, pci, slsa-l4 or strict (below)
    #[arg(long, value_name = "PROFILE", default_value = "senior", hide_possible_values = true)]
    #[arg(value_parser = profile_parser())]
    profile: Profile,
    /// Somebody who may sign agents' changes off
    #[arg(long, value_name = "PERSON")]
    senior: Vec<String>,
    /// Somebody who may override in an emergency
    #[arg(long, value_name = "PERSON")]
    release_manager: Vec<String>,
    /// Somebody without a role
    #[arg(long, value_name = "PERSON")]
    member: Vec<String>,
    /// A branch to protect; `**` stands for any name
    #[arg(long, value_name = "NAME")]
    branch: Vec<String>,
    /// An environment to protect
    #[arg(long, value_name = "NAME")]
    environment: Vec<String>,
    /// Ask nothing, even on a terminal
    #[arg(long)]
    no_input: bool,
}

/// Reads a profile's name.
fn profile_parser() -> impl clap::builder::TypedValueParser<Value = Profile> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(Profile::ALL.map(Profile::name))
        .map(|name| Profile::named(&name).unwrap_or_default())
}

/// Runs the command.
///
/// # Errors
/// When the file cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let shown = args.directory.join(POLICY_PATH);
    let shown = text::safe(&shown.strip_prefix(".").unwrap_or(&shown).display().to_string());
    let path = shell.directory.join(&args.directory).join(POLICY_PATH);
    if path.symlink_metadata().is_ok() {
        writeln!(shell.err, "error: {shown} is there already; it was left as it is")?;
        writeln!(shell.err, "hint: countersign policy check {shown}")?;
        return Ok(Exit::Usage);
    }
    let mut options = StarterOptions {
        profile: args.profile,
        refs: args.branch.iter().map(|branch| format!("refs/heads/{branch}")).collect(),
        environments: args.environment.clone(),
        people: Vec::new(),
    };
    let given = [(&args.senior, (true, false)), (&args.release_manager, (false, true)), (&args.member, (false, false))];
    for (texts, roles) in given {
        for text in texts {
            match people::parse(text, &shell.directory) {
                Ok(person) => people::add(&mut options.people, person, roles),
                Err(error) => {
                    writeln!(shell.err, "{}", crate::render::error::render(&error, shell.color))?;
                    return Ok(Exit::Usage);
                }
            }
        }
    }
    if options.people.is_empty() && shell.interactive && !args.no_input {
        ask::ask(&mut options, shell)?;
    }
    if let Some(missing) = missing_role(&options) {
        writeln!(shell.err, "error: nobody is {missing}: the policy needs a senior and a release manager")?;
        writeln!(shell.err, "hint: name both, or nobody at all to get examples")?;
        return Ok(Exit::Usage);
    }
    write(&path, &shown, &options, shell)
}

/// Returns what nobody is although there are people.
fn missing_role(options: &StarterOptions) -> Option<&'static str> {
    let people = &options.people;
    match () {
        () if people.is_empty() => None,
        () if !people.iter().any(|person| person.is_senior) => Some("a senior"),
        () if !people.iter().any(|person| person.is_release_manager) => Some("a release manager"),
        () => None,
    }
}

/// Writes the policy, if it loads.
fn write(path: &std::path::Path, shown: &str, options: &StarterOptions, shell: &mut Shell<'_>) -> Result<Exit> {
    let text = starter(options);
    let loaded = match load(text.as_bytes(), POLICY_PATH) {
        Ok(loaded) => loaded,
        Err(errors) => {
            let problems = policy_problem::render(&errors.problems, text.as_bytes(), POLICY_PATH, shell.color);
            write!(shell.err, "{problems}")?;
            writeln!(shell.err, "error: this would be no valid policy; nothing was written")?;
            return Ok(Exit::Usage);
        }
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    // Never over what somebody else wrote in between, nor through a link.
    let mut file = std::fs::File::create_new(path).with_context(|| format!("writing {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("writing {}", path.display()))?;
    if !shell.quiet {
        writeln!(shell.err, "wrote {shown}")?;
        writeln!(shell.err, "profile {}: {}", options.profile.name(), options.profile.summary())?;
        // A profile promises what it asks for: where people are too few, that is said, not softened.
        let problems = policy_problem::render(&loaded.warnings, text.as_bytes(), shown, shell.color);
        write!(shell.err, "{problems}")?;
        if options.people.is_empty() {
            writeln!(shell.err, "the people in it are examples: put your own in their place")?;
        }
        writeln!(shell.err, "next: countersign people check --policy {shown}")?;
    }
    Ok(Exit::Permitted)
}

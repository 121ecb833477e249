//! `countersign install --all DIR`: the gate in every bare repository below a folder, under one policy.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::inventory::{self, Inventory, Place};
use super::progress::progress;
use super::{Exit, Format, Shell, install, json};
use crate::adapters::git::{GitEnvironment, Repository};
use crate::hook::gate::read_settings;
use crate::hook::settings::is_repository_name;
use crate::render::columns::Columns;
use crate::render::text::safe;

/// The heading over these options.
const MANY: &str = "With --all";

/// The widest columns of the tables.
const WIDE: usize = 60;

/// The longest answer, in bytes.
const LONGEST_ANSWER: u64 = 1 << 10;

/// What belongs to many repositories.
#[derive(Debug, Clone, clap::Args)]
pub struct ManyArgs {
    /// Install in every bare repository below a folder instead. Each is named by its path there; the names
    /// are shown first
    #[arg(long, value_name = "DIR", conflicts_with_all = ["directory", "repository"], help_heading = MANY)]
    pub all: Option<PathBuf>,
    /// What stands before the path in each name: `acme/` makes `acme/shop` of DIR/shop.git; leave it out where
    /// that is DIR/acme/shop.git
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, requires = "all")]
    #[arg(help_heading = MANY)]
    pub prefix: String,
    /// Do not ask
    #[arg(long, requires = "all", help_heading = MANY)]
    pub yes: bool,
}

/// What becomes of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Plan {
    /// The gate is new here.
    Install,
    /// It is here under this name, and is placed again.
    Again,
    /// It is here under another name, and stays.
    Named(String),
    /// Nothing is done, for this reason.
    Leave(String),
}

impl Plan {
    fn words(&self) -> String {
        match self {
            Self::Install => "install".to_owned(),
            Self::Again => "has a gate; again".to_owned(),
            Self::Named(name) => format!("leave: it has a gate as {name}"),
            Self::Leave(why) => format!("leave: {why}"),
        }
    }
}

/// One repository, the name it gets, and what becomes of it.
type Planned<'i> = (&'i Place, String, Plan);

/// Runs the command.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn run(args: &install::Args, root: &Path, shell: &mut Shell<'_>) -> Result<Exit> {
    let root = shell.directory.join(root);
    let inventory = inventory::take(&root).with_context(|| format!("reading {}", root.display()))?;
    let plans = plan(&inventory, &args.many.prefix, shell);
    if shell.format == Format::Human || !args.many.yes {
        show(&inventory, &plans, shell)?;
    }
    if plans.is_empty() {
        writeln!(shell.err, "There is no bare repository here.")?;
        return Ok(Exit::Undetermined);
    }
    let wanted = plans.iter().filter(|(_, _, plan)| matches!(plan, Plan::Install | Plan::Again)).count();
    let is_left_open = plans.iter().any(|(_, _, plan)| matches!(plan, Plan::Leave(_))) || inventory.unreadable > 0;
    if wanted == 0 {
        writeln!(shell.err, "There is nothing to install.")?;
        return Ok(if is_left_open { Exit::Refused } else { Exit::Permitted });
    }
    if !args.many.yes {
        if !shell.interactive {
            writeln!(shell.err, "Nothing was installed. If these are the names, add: --yes")?;
            return Ok(Exit::Usage);
        }
        if !agreed(wanted, shell)? {
            writeln!(shell.err, "Nothing was installed.")?;
            return Ok(Exit::Usage);
        }
    }
    let outcomes = carry_out(args, &plans, shell)?;
    tell(&inventory, &plans, &outcomes, shell)?;
    let mut done = plans.iter().zip(&outcomes);
    let all = done.all(|((_, _, plan), outcome)| outcome.is_ok() || matches!(plan, Plan::Named(_)));
    Ok(if all && !is_left_open { Exit::Permitted } else { Exit::Refused })
}

/// Decides for each repository. Two that would have one name get none.
fn plan<'i>(inventory: &'i Inventory, prefix: &str, shell: &Shell<'_>) -> Vec<Planned<'i>> {
    let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
    let name = |place: &Place| place.name(prefix).unwrap_or_default();
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    inventory.repositories.iter().for_each(|place| *uses.entry(name(place)).or_default() += 1);
    let one = |place: &'i Place| {
        let name = name(place);
        let plan = if !is_repository_name(&name) {
            Plan::Leave("its path gives no name".to_owned())
        } else if uses.get(&name).is_some_and(|number| *number > 1) {
            Plan::Leave("another repository would have this name, too".to_owned())
        } else {
            match Repository::open(&place.path, &environment) {
                Err(error) => Plan::Leave(error.to_string()),
                Ok(repository) => match read_settings(&repository) {
                    Ok(settings) if settings.repository == name => Plan::Again,
                    Ok(settings) => Plan::Named(settings.repository),
                    Err(_) => Plan::Install,
                },
            }
        };
        (place, name, plan)
    };
    inventory.repositories.iter().map(one).collect()
}

fn show(inventory: &Inventory, plans: &[Planned<'_>], shell: &mut Shell<'_>) -> Result<()> {
    let mut table = Columns::new(&[("repository", WIDE), ("name", WIDE), ("plan", WIDE)]).indented(2);
    for (place, name, plan) in plans {
        table.row(vec![place.below.display().to_string().into(), name.clone().into(), plan.words().into()]);
    }
    write!(shell.err, "{}", table.render(false))?;
    write_skipped(inventory, shell)?;
    writeln!(shell.err)?;
    Ok(())
}

/// Names what is passed over.
fn write_skipped(inventory: &Inventory, shell: &mut Shell<'_>) -> Result<()> {
    for (path, why) in &inventory.skipped {
        writeln!(shell.err, "  passed over: {}: {}", safe(&path.display().to_string()), safe(why))?;
    }
    Ok(())
}

fn agreed(number: usize, shell: &mut Shell<'_>) -> Result<bool> {
    write!(shell.err, "Install the gate in {}? [y/N] ", repositories(number))?;
    shell.err.flush()?;
    let mut line = String::new();
    let mut input: &mut dyn std::io::BufRead = shell.input;
    std::io::Read::take(&mut input, LONGEST_ANSWER).read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Returns a number of repositories with the noun.
pub(super) fn repositories(number: usize) -> String {
    if number == 1 { "1 repository".to_owned() } else { format!("{number} repositories") }
}

/// Installs where it is planned; what fails in one repository stops none of the others.
fn carry_out(
    args: &install::Args,
    plans: &[Planned<'_>],
    shell: &mut Shell<'_>,
) -> Result<Vec<Result<&'static str, String>>> {
    let mut outcomes = Vec::new();
    for (place, name, plan) in plans {
        outcomes.push(match plan {
            Plan::Named(name) => Err(format!("it has a gate as {name}")),
            Plan::Leave(why) => Err(why.clone()),
            Plan::Install => one(args, place, name, shell).map(|()| "installed"),
            Plan::Again => one(args, place, name, shell).map(|()| "placed again"),
        });
        let total = u64::try_from(plans.len()).ok();
        let mut shown = progress(shell.err, shell.shows_progress, "installing", total);
        shown.step(u64::try_from(outcomes.len()).unwrap_or_default());
        shown.finish();
    }
    Ok(outcomes)
}

/// Installs in one repository; what it has to say is kept for the table.
fn one(args: &install::Args, place: &Place, name: &str, shell: &mut Shell<'_>) -> Result<(), String> {
    let mut said = Vec::new();
    let mut nothing = std::io::sink();
    let mut args = args.clone();
    (args.directory, args.repository, args.many.all) = (Some(place.path.clone()), Some(name.to_owned()), None);
    let mut quiet = Shell {
        out: &mut nothing,
        err: &mut said,
        input: shell.input,
        environment: shell.environment.clone(),
        directory: shell.directory.clone(),
        now: shell.now,
        format: shell.format,
        color: false,
        color_out: false,
        interactive: false,
        shows_progress: false,
        verbose: 0,
        quiet: true,
    };
    match install::run(&args, &mut quiet) {
        Ok(Exit::Permitted) => Ok(()),
        Ok(_) => Err(String::from_utf8_lossy(&said).lines().next().unwrap_or("it cannot be installed").to_owned()),
        Err(error) => Err(format!("{error:#}")),
    }
}

fn tell(
    inventory: &Inventory,
    plans: &[Planned<'_>],
    outcomes: &[Result<&'static str, String>],
    shell: &mut Shell<'_>,
) -> Result<()> {
    let rows = plans.iter().zip(outcomes);
    if shell.format != Format::Human {
        let repositories: Vec<_> = rows
            .map(|((place, name, _), outcome)| {
                json!({
                    "path": place.path.to_string_lossy(), "repository": name, "installed": outcome.is_ok(),
                    "borrows": place.borrows,
                    "message": match outcome { Ok(done) => *done, Err(why) => why },
                })
            })
            .collect();
        let skipped: Vec<_> =
            inventory.skipped.iter().map(|(path, why)| json!({ "path": path.to_string_lossy(), "why": why })).collect();
        json::write_for(shell.format, shell.out, &json!({ "repositories": repositories, "skipped": skipped }))?;
        return Ok(());
    }
    let mut table = Columns::new(&[("repository", WIDE), ("name", WIDE), ("gate", WIDE)]);
    for ((place, name, plan), outcome) in rows {
        let gate = match (outcome, plan) {
            (Ok(done), _) => (*done).to_owned(),
            (Err(why), Plan::Named(_)) => format!("left: {why}"),
            (Err(why), _) => format!("NONE: {why}"),
        };
        table.row(vec![place.below.display().to_string().into(), name.clone().into(), gate.into()]);
    }
    write!(shell.out, "{}", table.render(false))?;
    let without = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    if !shell.quiet && without > 0 {
        writeln!(shell.err, "\n{} without this gate", repositories(without))?;
    }
    Ok(())
}

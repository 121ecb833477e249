//! `doctor --all DIR`: which repositories below a folder have no gate, or one with a hole.
//!
//! Meant for every day: nothing is pushed, and nothing is changed.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{Args, Examination, examine};
use crate::cli::install_all::repositories;
use crate::cli::inventory::{self, Inventory, Place};
use crate::cli::progress::progress;
use crate::cli::{Exit, Format, Shell, json};
use crate::render::checkup::{Finding, Weight};
use crate::render::columns::{Cell, Columns};
use crate::render::command::quote;
use crate::render::style::Tone;
use crate::render::text::{counted, safe};

/// The widest columns of the table.
const WIDE: usize = 60;

/// One repository, looked at.
struct Looked<'i> {
    place: &'i Place,
    /// Its name and what was found; or why it could not be looked at.
    found: Result<Examination, String>,
}

impl Looked<'_> {
    fn count(&self, weight: Weight) -> usize {
        self.found.as_ref().map_or(0, |found| found.findings.iter().filter(|one| one.weight == weight).count())
    }

    fn has_gate(&self) -> bool {
        self.found.as_ref().is_ok_and(|found| found.is_installed)
    }

    fn state(&self) -> Cell {
        match &self.found {
            Err(why) => Cell::toned(&format!("cannot be looked at: {why}"), Tone::Waiting),
            Ok(found) if !found.is_installed => Cell::toned("NO GATE", Tone::Refused),
            Ok(_) if self.count(Weight::Hole) > 0 => {
                Cell::toned(&counted(self.count(Weight::Hole), "hole"), Tone::Refused)
            }
            Ok(_) if self.count(Weight::Unknown) > 0 => Cell::toned("cannot be told", Tone::Waiting),
            Ok(_) => Cell::toned("sound", Tone::Permitted),
        }
    }

    fn to_json(&self) -> Value {
        let name = self.found.as_ref().ok().map(|found| found.name.as_str());
        let told = |found: &Examination| {
            let found = found.findings.iter().filter(|finding| finding.weight != Weight::Well);
            found.map(Finding::to_json).collect::<Vec<_>>()
        };
        json!({
            "path": self.place.path.to_string_lossy(),
            "repository": name.filter(|_| self.has_gate()),
            "gate": self.has_gate(),
            "borrows": self.place.borrows,
            "holes": self.count(Weight::Hole),
            "remarks": self.count(Weight::Remark),
            "findings": self.found.as_ref().map(told).unwrap_or_default(),
            "error": self.found.as_ref().err(),
        })
    }
}

/// Runs the command.
///
/// # Errors
/// When the folder cannot be read, or the answer cannot be written.
pub(super) fn run(args: &Args, root: &Path, shell: &mut Shell<'_>) -> Result<Exit> {
    let root = shell.directory.join(root);
    let inventory = inventory::take(&root).with_context(|| format!("reading {}", root.display()))?;
    let mut looked = Vec::new();
    for place in &inventory.repositories {
        let found = examine(args, &place.path, false, shell).map_err(|error| format!("{error:#}"));
        looked.push(Looked { place, found });
        let mut shown = progress(
            shell.err,
            shell.shows_progress,
            "looking at repositories",
            u64::try_from(inventory.repositories.len()).ok(),
        );
        shown.step(u64::try_from(looked.len()).unwrap_or_default());
        shown.finish();
    }
    match shell.format {
        Format::Human => table(&root, &inventory, &looked, shell)?,
        _ => {
            let skipped = inventory.skipped.iter();
            let skipped: Vec<Value> =
                skipped.map(|(path, why)| json!({ "path": path.to_string_lossy(), "why": why })).collect();
            let repositories: Vec<Value> = looked.iter().map(Looked::to_json).collect();
            let answer = json!({
                "folder": root.to_string_lossy(), "repositories": repositories, "skipped": skipped,
                "without_gate": looked.iter().filter(|one| !one.has_gate()).count(),
            });
            json::write_for(shell.format, shell.out, &answer)?;
        }
    }
    let is_open = looked.iter().any(|one| one.found.is_ok() && (!one.has_gate() || one.count(Weight::Hole) > 0));
    let is_unknown =
        inventory.unreadable > 0 || looked.iter().any(|one| one.found.is_err() || one.count(Weight::Unknown) > 0);
    Ok(match (is_open, is_unknown) {
        (true, _) => Exit::Refused,
        (false, true) => Exit::Undetermined,
        (false, false) => Exit::Permitted,
    })
}

/// Returns the option that names the rest as those with a gate are named. Repositories in folders have a name of two
/// parts already.
fn prefix(looked: &[Looked<'_>]) -> String {
    let named = looked.iter().filter(|one| one.has_gate()).filter_map(|one| {
        let found = one.found.as_ref().ok()?;
        found.name.strip_suffix(&one.place.name("")?).map(str::to_owned)
    });
    let known: BTreeSet<String> = named.collect();
    let is_in_folder = |one: &Looked<'_>| one.place.below.components().count() > 1;
    match known.first() {
        Some(prefix) if known.len() == 1 && prefix.is_empty() => String::new(),
        Some(prefix) if known.len() == 1 => format!(" --prefix {}", quote(prefix)),
        _ if looked.iter().all(|one| one.has_gate() || is_in_folder(one)) => String::new(),
        _ => " --prefix NAME/".to_owned(),
    }
}

fn table(root: &Path, inventory: &Inventory, looked: &[Looked<'_>], shell: &mut Shell<'_>) -> Result<()> {
    let mut table = Columns::new(&[("repository", WIDE), ("name", WIDE), ("gate", WIDE), ("borrows from", WIDE)]);
    // Worst first, like everything that a check-up tells.
    let rank = |one: &&Looked<'_>| (one.has_gate(), one.count(Weight::Hole) == 0, one.found.is_ok());
    let mut sorted: Vec<&Looked<'_>> = looked.iter().collect();
    sorted.sort_by_key(rank);
    for one in sorted {
        let name = one.found.as_ref().ok().filter(|_| one.has_gate()).map(|found| found.name.clone());
        let below = one.place.below.display().to_string();
        table.row(vec![
            below.into(),
            name.unwrap_or_default().into(),
            one.state(),
            one.place.borrows.join(", ").into(),
        ]);
    }
    if table.is_empty() {
        writeln!(shell.out, "no bare repository lies there")?;
    } else {
        write!(shell.out, "{}", table.render(shell.color_out))?;
    }
    for (path, why) in &inventory.skipped {
        writeln!(shell.out, "passed over: {}: {}", safe(&path.display().to_string()), safe(why))?;
    }
    let without = looked.iter().filter(|one| one.found.is_ok() && !one.has_gate()).count();
    let with_holes = looked.iter().filter(|one| one.has_gate() && one.count(Weight::Hole) > 0).count();
    if without > 0 {
        writeln!(
            shell.out,
            "\n{} without a gate: countersign install --all {}{} --policy FILE",
            repositories(without),
            super::permissions::quoted(root),
            prefix(looked)
        )?;
    }
    if with_holes > 0 {
        writeln!(shell.out, "\n{} with a hole: countersign doctor REPO says which", repositories(with_holes))?;
    }
    Ok(())
}

//! `countersign policy test`: runs verdict tables that users write for their own policy.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::cli::{Exit, Format, Shell, json};
use crate::render::style::Tone;
use crate::render::text;
use crate::render::workflow_command::{self, Place, Weight};
use crate::tables::{self, CaseResult, TableError};

/// The longest file that a table may name, in bytes.
const LONGEST: u64 = 16 << 20;

/// Run verdict tables: policy, facts and the verdict that is expected
///
/// A folder stands for every `.yaml` file in it. Exits with 0 when every case passes, with 1 when
/// one fails, with 4 when a table cannot be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign policy test .countersign/tests\n  \
    countersign policy test hotfix.yaml -v\n  countersign --format json policy test tests/*.yaml")]
pub struct Args {
    /// Tables, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What came of all tables.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    unreadable: usize,
}

/// Runs the command.
///
/// # Errors
/// When a folder cannot be listed, or the answer cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut tally = Tally::default();
    for file in &args.files {
        for table in tables_at(file, &shell.directory)? {
            run_table(&table, &mut tally, shell)?;
        }
    }
    if shell.format == Format::Human && !shell.quiet {
        let unreadable = match tally.unreadable {
            0 => String::new(),
            number => format!(", {} not readable", text::counted(number, "table")),
        };
        writeln!(shell.out, "{} passed, {} failed{unreadable}", tally.passed, tally.failed)?;
    }
    Ok(match tally {
        Tally { unreadable: 1.., .. } => Exit::Undetermined,
        Tally { failed: 1.., .. } => Exit::Refused,
        Tally { .. } => Exit::Permitted,
    })
}

/// Returns the file itself, or the tables in a folder in the order of their names.
fn tables_at(file: &Path, directory: &Path) -> Result<Vec<PathBuf>> {
    let path = directory.join(file);
    if !path.is_dir() {
        return Ok(vec![file.to_owned()]);
    }
    let listing = || format!("listing {}", path.display());
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(&path).with_context(listing)? {
        let name = file.join(entry.with_context(listing)?.file_name());
        if name.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            tables.push(name);
        }
    }
    tables.sort();
    Ok(tables)
}

fn run_table(file: &Path, tally: &mut Tally, shell: &mut Shell<'_>) -> Result<()> {
    let name = file.display().to_string();
    let directory = shell.directory.clone();
    let read_file = |path: &str| read(&directory.join(path)).map_err(|error| error.to_string());
    let table = read_file(&name)
        .map_err(|message| vec![TableError { file: name.clone(), line: None, case: None, message }])
        .and_then(|bytes| tables::load(&bytes, &name, &read_file));
    match table {
        Ok(table) => {
            for result in tables::run(&table) {
                if result.passed() {
                    tally.passed += 1;
                } else {
                    tally.failed += 1;
                }
                report(&result, shell)?;
            }
        }
        Err(errors) => {
            tally.unreadable += 1;
            errors.iter().try_for_each(|error| report_error(error, shell))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn report(result: &CaseResult, shell: &mut Shell<'_>) -> Result<()> {
    let differences: Vec<String> = result.differences.iter().map(ToString::to_string).collect();
    match shell.format {
        Format::Json | Format::Sarif | Format::Svg => json::write(
            shell.out,
            &json!({
                "table": result.table, "line": result.line, "case": result.name,
                "passed": result.passed(), "differences": differences,
            }),
        )?,
        Format::Github if !result.passed() => {
            let place = Place { file: &result.table, line: result.line, column: 0 };
            let message = format!("{}\n{}", result.name, differences.join("\n"));
            let mark = workflow_command::render(Weight::Error, place, "policy test", &message);
            shell.out.write_all(mark.as_bytes())?;
        }
        Format::Github => {}
        Format::Human if result.passed() && shell.verbose == 0 => {}
        Format::Human => {
            let (word, tone) = if result.passed() { ("ok  ", Tone::Permitted) } else { ("FAIL", Tone::Refused) };
            let word = tone.paint(word, shell.color_out);
            let (table, name) = (text::safe(&result.table), text::safe(&result.name));
            writeln!(shell.out, "{word}  {table}:{}: {name}", result.line)?;
            for difference in &differences {
                writeln!(shell.out, "      {}", text::safe(difference))?;
            }
        }
    }
    Ok(())
}

fn report_error(error: &TableError, shell: &mut Shell<'_>) -> Result<()> {
    match shell.format {
        Format::Json | Format::Sarif | Format::Svg => json::write(
            shell.out,
            &json!({ "table": error.file, "line": error.line, "case": error.case, "error": error.message }),
        )?,
        Format::Github => {
            let place = Place { file: &error.file, line: error.line.unwrap_or(0), column: 0 };
            let mark = workflow_command::render(Weight::Error, place, "policy test", &error.message);
            shell.out.write_all(mark.as_bytes())?;
        }
        Format::Human => {
            let word = Tone::Refused.paint("error", shell.color);
            let lines: Vec<String> = error.to_string().lines().map(text::safe).collect();
            writeln!(shell.err, "{word}: {}", lines.join("\n  "))?;
        }
    }
    Ok(())
}

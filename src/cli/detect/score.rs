//! How well labels that people gave are met.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::lines::{LONGEST, read_line};
use crate::catalogue::Catalogue;
use crate::cli::progress::progress;
use crate::cli::{Exit, Format, Shell, json};
use crate::detect::score::Score;
use crate::render::detection_score;

/// Scores a file of labeled lines, one at a time.
pub(super) fn run(catalogue: &Catalogue, file: &Path, shell: &mut Shell<'_>) -> Result<Exit> {
    let reading = || format!("reading {}", file.display());
    let mut input = BufReader::new(File::open(shell.directory.join(file)).with_context(reading)?);
    let mut progress = progress(shell.err, shell.shows_progress, "scoring commits", None);
    let mut score = Score::default();
    let mut line = Vec::new();
    while read_line(&mut input, &mut line).with_context(reading)? {
        progress.step(1);
        match std::str::from_utf8(&line) {
            Ok(text) if line.len() as u64 <= LONGEST => {
                if !text.trim().is_empty() {
                    score.add(catalogue, text);
                }
            }
            _ => score.unreadable += 1,
        }
    }
    progress.finish();
    if shell.format == Format::Human {
        write!(shell.out, "{}", detection_score::render(&score, shell.verbose > 0, shell.color_out))?;
    } else {
        json::write_for(shell.format, shell.out, &detection_score::to_json(&score))?;
    }
    Ok(Exit::Permitted)
}

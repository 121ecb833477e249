//! How well labels that people gave are met.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::catalogue::Catalogue;
use crate::cli::{Exit, Format, Shell, json};
use crate::detect::score::score;

/// Scores a file of labeled lines.
pub(super) fn run(catalogue: &Catalogue, file: &Path, shell: &mut Shell<'_>) -> Result<Exit> {
    let text =
        std::fs::read_to_string(shell.directory.join(file)).with_context(|| format!("reading {}", file.display()))?;
    let score = score(catalogue, text.lines());
    if shell.format == Format::Human {
        let text = score.to_string();
        for line in text.lines() {
            writeln!(shell.out, "{}", crate::render::text::safe(line))?;
        }
        return Ok(Exit::Permitted);
    }
    let missed: Vec<_> = score
        .missed
        .iter()
        .map(|(id, label, read)| json!({ "id": id, "expected": label.expected(), "read": read }))
        .collect();
    let answer = json!({
        "commits": score.counts.values().sum::<usize>(),
        "contested": score.contested.values().sum::<usize>(),
        "unreadable": score.unreadable,
        "precision": score.precision(),
        "recall": score.recall(),
        "three_way": score.three_way(),
        "four_way": score.four_way(),
        "missed": missed,
    });
    json::write_for(shell.format, shell.out, &answer)?;
    Ok(Exit::Permitted)
}

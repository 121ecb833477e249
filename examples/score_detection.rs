//! Scores the detector against labelled commits: `score_detection FILE` reads JSON lines that carry
//! a `label` besides what `countersign detect` reads, and prints precision, recall and every miss.

use std::io::Write as _;

use countersign::catalogue::Catalogue;
use countersign::detect::score::score;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).ok_or("usage: score_detection FILE")?;
    let lines = std::fs::read_to_string(file)?;
    write!(std::io::stdout(), "{}", score(&Catalogue::built_in(), lines.lines()))?;
    Ok(())
}

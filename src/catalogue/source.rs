//! The catalogue as it was written, for those who show it. What recognizes uses the tables.

use super::entry::Document;
use super::lint::{Fault, load};

/// The text of the built-in catalogue.
pub const TEXT: &str = include_str!("agents.yaml");

/// The JSON Schema (draft 2020-12) of a catalogue, for editors and other programs.
pub const SCHEMA: &str = include_str!("agents.schema.json");

/// The release of the built-in catalogue: a day, and a number behind it where a day has several.
pub const RELEASE: &str = env!("COUNTERSIGN_CATALOGUE");

/// Reads the built-in catalogue, with the source of every sign.
///
/// # Errors
/// Never for a program that was built: the build stops at the same faults.
pub fn document() -> Result<Document, Vec<Fault>> {
    load(TEXT)
}

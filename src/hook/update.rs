//! `update`: the same judgement for one ref, for servers that call no `pre-receive`. Where one does,
//! what it permitted stands.

use super::edge::Edge;
use super::pre_receive::{Outcome, judge_push};
use super::speech;
use super::updates::parse_updates;
use crate::render::Occasion;

/// Runs the hook on one ref update.
pub fn run(edge: &mut Edge<'_>, name: &[u8], old: &str, new: &str) -> Outcome {
    let line = [old.as_bytes(), b" ", new.as_bytes(), b" ", name, b"\n"].concat();
    match parse_updates(&line) {
        Ok(updates) => judge_push(edge, &updates, Occasion::RefUpdate),
        Err(error) => {
            speech::failure(edge, "could not read the update", &[error.to_string()], None, Occasion::RefUpdate);
            Outcome::Undetermined
        }
    }
}

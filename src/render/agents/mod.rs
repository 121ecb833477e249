//! The catalogue of agents for people: as a list, one agent in full, what a message shows, and the
//! document docs/agents.md.

mod document;
mod list;
mod show;
mod trial;

pub use document::document;
pub use list::{Listed, list, list_json};
pub use show::{show, show_json, show_rule, show_rule_json};
pub use trial::{Trial, trial, trial_json};

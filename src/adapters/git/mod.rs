//! Git repositories: reading history and content exactly, without believing anything that the
//! repository's own settings, replace refs or grafts say about it.
//!
//! Objects are read in process; what only git itself can answer (its own clean merge, refs kept in
//! a reftable) is asked of stock git through [`super::process`]. Nothing here decides anything.

mod commit_graph;
mod content;
mod environment;
mod error;
mod history;
mod merge_base;
mod objects;
mod oid_map;
mod paged_file;
mod repository;
mod tree_diff;
mod walk;

pub use content::Content;
pub use environment::GitEnvironment;
pub use error::GitError;
pub use repository::{Hash, Repository};
pub use walk::WalkLimits;

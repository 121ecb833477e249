//! Git repositories: reading history and content exactly, without believing anything that the
//! repository's own settings, replace refs or grafts say about it.
//!
//! Objects are read in process; what only git itself can answer (its own clean merge, refs kept in
//! a reftable) is asked of stock git through [`super::process`]. Nothing here decides anything.

mod append;
mod base_cache;
mod commit_graph;
mod content;
mod delta;
mod environment;
mod error;
mod files;
mod history;
mod id_table;
mod inflate;
mod loose;
mod loose_refs;
mod merge_base;
mod merge_tree;
mod notes;
mod object_id;
mod objects;
mod obscured;
mod oid_map;
mod pack;
mod pack_file;
mod pack_index;
mod packed_refs;
mod paged_file;
mod refs;
mod repository;
mod scratch;
mod stock_objects;
mod tree_diff;
mod trivial_merge;
mod walk;
mod watch;
mod writer;

pub use content::Content;
pub use environment::GitEnvironment;
pub use error::GitError;
pub use files::TreeEntry;
pub use merge_tree::Merge;
pub use notes::FoundNote;
pub use obscured::Obscurity;
pub use refs::Reference;
pub use repository::{Hash, Repository};
pub use walk::WalkLimits;
pub use writer::{Addition, RefChange, Writer, locate};

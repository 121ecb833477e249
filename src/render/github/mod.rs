//! A verdict on GitHub: workflow commands for a job's log, a title and a summary for a check.

mod commands;
mod summary;
mod title;

pub use commands::commands;
pub use summary::summary;
pub use title::title;

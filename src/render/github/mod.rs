//! A verdict on GitHub: workflow commands for a job's log, a title and a summary for a check.

mod commands;
mod deployment;
mod summary;
mod title;

pub use commands::commands;
pub use deployment::deployment_report;
pub use summary::summary;
pub use title::title;

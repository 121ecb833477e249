//! The catalogue of agents as a product, its commands, and what a developer's machine does with it:
//! the real program and real git, cut off from the machine's settings.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "integration test: it drives programs and may panic"
)]

#[path = "agents/catalogue.rs"]
mod catalogue;
mod cli_support;
#[path = "agents/clone.rs"]
mod clone;
#[path = "agents/commands.rs"]
mod commands;
#[path = "agents/foretold.rs"]
mod foretold;
#[path = "agents/lint.rs"]
mod lint;
#[path = "agents/marks.rs"]
mod marks;

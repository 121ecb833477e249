//! The service behind `countersign serve`: what arrives by HTTP, and what runs beside it.

pub mod api;
pub mod assembly;
pub mod config;
pub mod dress;
pub mod health;
pub mod intake;
pub mod listener;
pub mod log;
pub mod metrics;
pub mod pulse;
pub mod redact;
pub mod router;
pub mod run;
pub mod secret_file;
pub mod settings;
pub mod setup;
pub mod signals;
pub mod stop;
pub mod webhook;

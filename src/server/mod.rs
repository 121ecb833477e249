//! The service behind `countersign serve`: what arrives by HTTP, and what runs beside it.

pub mod dress;
pub mod health;
pub mod intake;
pub mod listener;
pub mod metrics;
pub mod pulse;
pub mod router;
pub mod stop;
pub mod webhook;

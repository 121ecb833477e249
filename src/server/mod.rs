//! The service behind `countersign serve`: what arrives by HTTP, and what runs beside it.

pub mod intake;
pub mod metrics;
pub mod webhook;

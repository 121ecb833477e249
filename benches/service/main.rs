//! Measures `countersign serve`: the real program between a fake GitHub and its database.
//!
//! ```text
//! cargo bench --bench service                      everything
//! cargo bench --bench service -- deliveries burst  parts of it
//! ```
//!
//! What is measured, and how to read it: docs/performance-service.md. Needs PostgreSQL for its part.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measurement that goes wrong ends")]
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it starts programs, and tells figures")]

mod deliveries;
mod evaluations;
mod figures;
#[path = "../../tests/github_fake/mod.rs"]
mod github_fake;
mod http;
mod memory;
#[path = "../../tests/postgres_rig/mod.rs"]
mod postgres_rig;
#[path = "../../tests/chaos_rig/replica.rs"]
mod replica;
mod shop;

/// A part of the measurement, by its name.
type Part = (&'static str, fn());

const PARTS: [Part; 5] = [
    ("deliveries", deliveries::rates),
    ("burst", deliveries::bursts),
    ("fake", evaluations::fake_alone),
    ("evaluations", evaluations::rates),
    ("memory", memory::resident),
];

fn main() {
    // Cargo adds a flag of its own.
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    println!("{}", figures::machine());
    for (name, part) in PARTS {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            println!("\n## {name} ({})", figures::load());
            part();
        }
    }
}

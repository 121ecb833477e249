//! Ports for servers that have to be told theirs before they start.
//!
//! A port that the system once gave out may be given to another process before its server listens. These
//! ports are none that the system gives out by itself, and whoever has one keeps a lock on it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::fs::{File, create_dir_all};
use std::net::TcpListener;

/// Below those that Linux gives out by itself, and above those of well-known servers.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Returns a port of this machine's own address that is this process's as long as it lives.
pub fn reserve() -> u16 {
    let locks = std::env::temp_dir().join("countersign-test-ports");
    create_dir_all(&locks).unwrap();
    // Every process begins somewhere else.
    let begin = (std::process::id().wrapping_mul(7) % u32::from(PORTS.end - PORTS.start)) as u16;
    let from_there = PORTS.skip(usize::from(begin)).chain(PORTS);
    for port in from_there {
        let lock = File::options().create(true).append(true).open(locks.join(port.to_string())).unwrap();
        if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            // The lock ends with the process.
            std::mem::forget(lock);
            return port;
        }
    }
    panic!("no port is free");
}

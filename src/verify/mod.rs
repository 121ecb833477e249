//! Signatures and records: bytes and keys in, verified claims out. Pure; no clock, no processes.

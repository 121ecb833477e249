//! What the service's stores have in common, whatever the database: keys, moments, texts, and what
//! several deliveries come to. No SQL.

mod arrivals;
mod columns;

pub(super) use arrivals::{Arrival, Arrivals};
pub(super) use columns::{
    BRANCH, CHECK, ChangeColumns, ClaimColumns, FORGOTTEN, GROUP, JOB, PUSH, account_text, after, head_from,
    identities_from, identities_text, key, known_push, moment, signed, subject_from, text, unsigned,
};

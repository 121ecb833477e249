//! What the service's stores have in common, whatever the database: keys, moments, texts, and what
//! several deliveries come to. No SQL.

mod arrivals;
mod columns;

pub(super) use arrivals::{Arrival, Arrivals};
pub(super) use columns::{
    BRANCH, CHECK, ChangeColumns, ClaimColumns, DeploymentColumns, FORGOTTEN, GROUP, JOB, PUSH, account_text, after,
    deployment_key, head_from, identities_from, identities_text, key, known_push, moment, signed, subject_from, text,
    unsigned,
};

//! What GitHub is asked to make. Pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::plan::Plan;
use crate::adapters::github::grants::{EVENTS, PERMISSIONS};

/// The path that GitHub leads back to.
pub(super) const BACK: &str = "/setup/done";

/// Returns the manifest (GitHub docs, "GitHub App Manifest parameters").
pub(super) fn manifest(plan: &Plan) -> Value {
    let permissions: BTreeMap<_, _> = PERMISSIONS.iter().map(|one| (one.name, one.access.as_str())).collect();
    json!({
        "name": plan.name,
        "url": plan.public_url,
        "description": "Agents' changes need a different, senior human's sign-off.",
        "hook_attributes": { "url": format!("{}/webhooks/github", plan.public_url), "active": true },
        "redirect_url": format!("{}{BACK}", plan.base),
        "public": false,
        "default_permissions": permissions,
        "default_events": EVENTS,
    })
}

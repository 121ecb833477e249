//! Whether our App is there, hears what it must hear, and could not change the gate that it guards.

use std::collections::BTreeMap;

use super::seen::Seen;
use super::unknown::unread;
use crate::adapters::github::grants::{Access, EVENTS, NEVER_WRITE, PERMISSIONS};
use crate::adapters::github::inspector::AppGrant;
use crate::forge::ForgeError;
use crate::render::checkup::Finding;

pub(super) fn check(seen: &Seen, findings: &mut Vec<Finding>) {
    let (Some(app), Some(installation)) = (&seen.app, &seen.installation) else {
        let message = "what our App is granted was not looked at: that needs the App's own key";
        findings.push(Finding::unknown("app", message, "give `--app-id` and `--app-key-file`"));
        return;
    };
    match app {
        Err(error) => findings.push(unread("app", "the App itself", error, "the App's own key")),
        Ok(app) => too_much(seen, "asks for", &app.grant.permissions, findings),
    }
    match installation {
        Err(ForgeError::NotFound(_)) => {
            let message = "the App is not installed here: its check never comes";
            findings.push(Finding::hole("app-not-installed", message, "install it for this repository"));
        }
        Err(error) => findings.push(unread("app", "the App's installation", error, "the App's own key")),
        Ok(installation) => {
            if installation.suspended_at.as_ref().is_some_and(|at| !at.is_null()) {
                let message = "the App is suspended here: its check never comes";
                findings.push(Finding::hole(
                    "app-suspended",
                    message,
                    "let it work again, in its installation's settings",
                ));
            }
            too_much(seen, "was granted", &installation.grant.permissions, findings);
            too_little(&installation.grant, findings);
        }
    }
}

/// Judges what the App could do to the gate.
fn too_much(seen: &Seen, how: &str, granted: &BTreeMap<String, String>, findings: &mut Vec<Finding>) {
    let writes = |name: &str| granted.get(name).is_some_and(|level| level != "read");
    let dangerous: Vec<&str> = NEVER_WRITE.into_iter().filter(|name| writes(name)).collect();
    if dangerous.is_empty() {
        findings.push(Finding::well("app-powers", format!("the App {how} nothing that could change the gate")));
    } else {
        findings.push(Finding::hole(
            "app-powers",
            format!(
                "the App {how} write access to {}, by which it could change the gate that it guards",
                spoken(&dangerous)
            ),
            format!("take that from it: Settings, Developer settings, GitHub Apps, Permissions ({})", seen.web),
        ));
    }
    let is_asked = |name: &str| PERMISSIONS.iter().any(|one| one.name == name && one.access == Access::Write);
    let needless: Vec<&str> = granted
        .iter()
        .filter(|(name, level)| *level != "read" && !is_asked(name) && !NEVER_WRITE.contains(&name.as_str()))
        .map(|(name, _)| name.as_str())
        .collect();
    if !needless.is_empty() {
        findings.push(Finding::remark(
            "app-needless",
            format!("the App {how} write access to {}, which it does not need", spoken(&needless)),
            "take that from it, in the App's settings",
        ));
    }
}

/// Judges what the App lacks for its work.
fn too_little(grant: &AppGrant, findings: &mut Vec<Finding>) {
    let has = |name: &str, access: Access| {
        let level = grant.permissions.get(name).map(String::as_str);
        matches!((level, access), (Some("write" | "admin"), _) | (Some("read"), Access::Read))
    };
    let lacks = |name: &&str| !PERMISSIONS.iter().any(|one| one.name == *name && has(name, one.access));
    // Without these there is no verdict, or no way to say it.
    let vital: Vec<&str> = ["checks", "contents", "metadata", "pull_requests"].into_iter().filter(lacks).collect();
    if !vital.is_empty() {
        let message = format!("the App lacks {}, without which its check never comes", spoken(&vital));
        findings.push(Finding::hole("app-permissions", message, "grant it, and accept that in the installation"));
    }
    let others: Vec<&str> =
        PERMISSIONS.iter().map(|one| one.name).filter(|name| lacks(name) && !vital.contains(name)).collect();
    if !others.is_empty() {
        let message = format!("the App lacks {}", spoken(&others));
        findings.push(Finding::remark("app-permissions", message, "docs/github-app.md says what each is for"));
    }
    let deaf: Vec<&str> = EVENTS.into_iter().filter(|event| !grant.events.iter().any(|heard| heard == event)).collect();
    if !deaf.is_empty() {
        let message = format!("the App does not hear of {}, and notices late or never", spoken(&deaf));
        findings.push(Finding::remark("app-events", message, "let it listen to them, in the App's settings"));
    }
    if vital.is_empty() && others.is_empty() && deaf.is_empty() {
        findings.push(Finding::well("app", "the App has what it needs"));
    }
}

/// Returns names of the API as people read them.
fn spoken(names: &[&str]) -> String {
    names.iter().map(|name| name.replace('_', " ")).collect::<Vec<_>>().join(", ")
}

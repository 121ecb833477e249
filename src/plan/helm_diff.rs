//! What the plugin `helm diff upgrade --output structured` prints: a JSON array with one entry for each object.
//!
//! Source: the plugin's documentation of that output. Its other formats leave out what they cannot name, or are made
//! for people, and are not read.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::kubernetes::Object;
use super::read::not_json;
use super::{Effect, Loss, LossKind, Unreadable};

/// Kinds whose selector, or the claims that they make, cannot be changed in place.
const WORKLOADS: [&str; 4] = ["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    kind: Option<String>,
    #[serde(default)]
    namespace: String,
    name: Option<String>,
    change_type: String,
    resource_status: Status,
    #[serde(default)]
    changes: Vec<FieldChange>,
    /// The plugin was told not to say what is changed.
    #[serde(default)]
    changes_suppressed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    old_exists: bool,
    new_exists: bool,
}

#[derive(Deserialize)]
struct FieldChange {
    #[serde(default)]
    path: String,
    #[serde(default)]
    field: String,
    #[expect(dead_code, reason = "that it is there tells the format from others")]
    change: IgnoredAny,
}

/// Returns what an upgrade does.
///
/// # Errors
/// [`Unreadable`] when it is no such list, or does what is not known here.
pub(super) fn effect(bytes: &[u8]) -> Result<Effect, Unreadable> {
    let entries: Vec<Entry> = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
    let mut effect = Effect::default();
    for entry in entries {
        let (Some(kind), Some(name)) = (&entry.kind, &entry.name) else {
            return Err(Unreadable("the diff changes an object without a kind or a name".to_owned()));
        };
        let object = Object { kind, namespace: &entry.namespace, name };
        let is_known = ["ADD", "MODIFY", "MODIFY_SUPPRESSED", "OWNERSHIP", "REMOVE"].contains(&&*entry.change_type);
        let fits = match &*entry.change_type {
            "ADD" => entry.resource_status.new_exists,
            "REMOVE" => entry.resource_status.old_exists && !entry.resource_status.new_exists,
            _ => entry.resource_status.old_exists && entry.resource_status.new_exists,
        };
        if !is_known || !fits {
            let address = object.address().escape_default().to_string();
            return Err(Unreadable(format!("the diff does what is not known here to {address}")));
        }
        effect.existing += usize::from(entry.resource_status.old_exists);
        match &*entry.change_type {
            "REMOVE" => effect.losses.push(object.gone()),
            "ADD" => {}
            _ => effect.losses.extend(object.changed().or_else(|| replaced(&object, &entry))),
        }
    }
    Ok(effect)
}

/// Returns what is lost where fields change that cannot be changed in place: Helm fails then, or with `--force` makes
/// the object anew.
fn replaced(object: &Object<'_>, entry: &Entry) -> Option<Loss> {
    let is_fixed = |change: &FieldChange| {
        let path =
            if change.path.is_empty() { change.field.clone() } else { format!("{}.{}", change.path, change.field) };
        match object.kind {
            "Job" => path.starts_with("spec"),
            kind if WORKLOADS.contains(&kind) => {
                path == "spec"
                    || ["spec.selector", "spec.volumeClaimTemplates", "spec.serviceName"]
                        .iter()
                        .any(|fixed| path.starts_with(fixed))
            }
            _ => false,
        }
    };
    let can_be_fixed = object.kind == "Job" || WORKLOADS.contains(&object.kind);
    let is_replaced = entry.changes.iter().any(is_fixed) || (can_be_fixed && entry.changes_suppressed);
    let why = Some("a field that cannot be changed in place".to_owned());
    is_replaced.then(|| Loss { address: object.address(), how: LossKind::MaybeReplaced, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, change: &str, old: bool, new: bool, more: &str) -> String {
        format!(
            r#"{{"apiVersion":"v1","kind":"{kind}","namespace":"shop","name":"web","changeType":"{change}","resourceStatus":{{"oldExists":{old},"newExists":{new}}}{more}}}"#
        )
    }

    fn lost(entry: &str) -> Option<String> {
        let loss = effect(format!("[{entry}]").as_bytes()).unwrap().losses.pop()?;
        Some(format!("{}: {}", loss.how, loss.address))
    }

    #[test]
    fn what_goes_is_told_from_what_changes() {
        let field = |path: &str, field: &str| {
            format!(
                r#","changes":[{{"path":"{path}","field":"{field}","change":"replace","oldValue":1,"newValue":2}}]"#
            )
        };
        let selector = field("spec.selector.matchLabels", "app");
        for (text, wanted) in [
            (entry("ConfigMap", "ADD", false, true, ""), None),
            (entry("ConfigMap", "REMOVE", true, false, ""), Some("destroyed: ConfigMap shop/web")),
            (entry("Deployment", "MODIFY", true, true, &field("spec", "replicas")), None),
            (entry("Deployment", "MODIFY", true, true, &selector), Some("may be replaced: Deployment shop/web")),
            (entry("Service", "MODIFY", true, true, &selector), None),
            (entry("Job", "MODIFY", true, true, &field("spec", "parallelism")), Some("may be replaced: Job shop/web")),
            (
                entry("StatefulSet", "MODIFY", true, true, r#","changesSuppressed":true"#),
                Some("may be replaced: StatefulSet shop/web"),
            ),
            (
                entry("PersistentVolumeClaim", "MODIFY", true, true, ""),
                Some("may be replaced: PersistentVolumeClaim shop/web"),
            ),
            (entry("ConfigMap", "OWNERSHIP", true, true, ""), None),
        ] {
            assert_eq!(lost(&text).as_deref(), wanted, "{text}");
        }
        assert_eq!(effect(b"[]"), Ok(Effect::default()));
    }

    #[test]
    fn what_is_not_known_is_unknown() {
        for text in [
            entry("Pod", "RECREATE", true, true, ""),
            entry("Pod", "MODIFY", true, false, ""),
            entry("Pod", "REMOVE", false, false, ""),
            entry("Pod", "ADD", false, false, ""),
            entry("Pod", "MODIFY", true, true, "").replace(r#""kind":"Pod","#, ""),
            entry("Pod", "MODIFY", true, true, "").replace("resourceStatus", "status"),
            r#"{"api":"v1","kind":"Pod","namespace":"shop","name":"web","change":"REMOVE"}"#.to_owned(),
        ] {
            assert!(effect(format!("[{text}]").as_bytes()).is_err(), "{text}");
        }
    }
}

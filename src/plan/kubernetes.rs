//! What matters about kinds of objects of Kubernetes: which of them hold what is lost when they change.

use super::{Loss, LossKind};

/// Kinds with data, or with other objects, behind them. That one of them is changed says too little about what becomes
/// of these: a smaller claim, a version of a definition that is not served any more.
const HOLDING: [&str; 5] =
    ["CustomResourceDefinition", "Namespace", "PersistentVolume", "PersistentVolumeClaim", "StorageClass"];

/// What is known of one object.
pub(super) struct Object<'a> {
    pub(super) kind: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl Object<'_> {
    /// Returns how it is written: `Deployment default/web`.
    pub(super) fn address(&self) -> String {
        match self.namespace {
            "" => format!("{} {}", self.kind, self.name),
            namespace => format!("{} {namespace}/{}", self.kind, self.name),
        }
    }

    /// Returns what is lost when it goes away.
    pub(super) fn gone(&self) -> Loss {
        let why = match self.kind {
            "Namespace" => Some("with everything in it".to_owned()),
            "CustomResourceDefinition" => Some("with every object of it".to_owned()),
            "PersistentVolumeClaim" | "PersistentVolume" => Some("with its data".to_owned()),
            _ => None,
        };
        Loss { address: self.address(), how: LossKind::Destroyed, why }
    }

    /// Returns what may be lost when it is changed, if that may be anything.
    pub(super) fn changed(&self) -> Option<Loss> {
        let why = Some("what becomes of what it holds cannot be told".to_owned());
        HOLDING.contains(&self.kind).then(|| Loss { address: self.address(), how: LossKind::MaybeReplaced, why })
    }
}

//! What can happen to a repository, kind by kind. What each kind states is in `statement`.

use serde::{Deserialize, Serialize};

pub use super::statement::*;

macro_rules! events {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// What an entry states.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Event { $($(#[doc = $doc])+ $name($name),)+ }

        /// The kind of an entry, kebab-case when written.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Kind { $($(#[doc = $doc])+ $name,)+ }

        impl Kind {
            /// Every kind there is. New ones go to the end: marks count on the order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Returns the kind as it is written.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }

        impl Event {
            /// Returns the kind.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name,)+ }
            }

            /// Reads the statement of an entry of this kind.
            ///
            /// # Errors
            /// What keeps the text from being one.
            pub fn parse(kind: Kind, statement: &str) -> serde_json::Result<Self> {
                Ok(match kind { $(Kind::$name => Self::$name(serde_json::from_str(statement)?),)+ })
            }

            /// Returns the name of the repository that it is about.
            #[must_use]
            pub fn repository(&self) -> &str {
                match self { $(Self::$name(statement) => statement.repository(),)+ }
            }
        }

        $(impl $name {
            /// Returns the name of the repository that it is about.
            #[must_use]
            pub fn repository(&self) -> &str {
                events!(@repository self $name)
            }
        })+
    };
    (@repository $self:ident Permitted) => { &$self.change.repository };
    (@repository $self:ident Refused) => { &$self.change.repository };
    (@repository $self:ident $name:ident) => { &$self.repository };
}

events! {
    /// The gate was put before a repository.
    Adopted = "adopted",
    /// A change was judged and refused.
    Refused = "refused",
    /// A change was judged and permitted; an override that lifted it is reserved from here on.
    Permitted = "permitted",
    /// A permitted change arrived on its ref.
    Landed = "landed",
    /// A permitted change provably did not arrive; its override is free again.
    NotLanded = "not-landed",
    /// A sign-off or override record was seen for the first time, or with more signatures.
    RecordSeen = "record-seen",
    /// An override was used up.
    OverrideUsed = "override-used",
    /// The use of an override was reviewed.
    Reviewed = "reviewed",
    /// A policy with a higher serial number was seen.
    PolicySeen = "policy-seen",
    /// A permitted deployment happened.
    Deployed = "deployed",
    /// Something happened that no permit covers.
    Exception = "exception",
    /// The gate was taken away from a repository.
    Uninstalled = "uninstalled",
}

impl Event {
    /// Returns the id of the override whose state this event changes: reserved by a permit, used,
    /// released or reviewed.
    #[must_use]
    pub fn override_id(&self) -> Option<&str> {
        match self {
            Self::Permitted(permitted) => permitted.r#override.as_ref().map(|grant| grant.id.as_str()),
            Self::NotLanded(not_landed) => not_landed.id.as_deref(),
            Self::OverrideUsed(used) => Some(&used.id),
            Self::Reviewed(reviewed) => Some(&reviewed.id),
            _ => None,
        }
    }

    /// Tells whether a checkpoint is to be signed at once: for what is rare, and what somebody might
    /// want to undo by restoring an older ledger.
    #[must_use]
    pub fn is_weighty(&self) -> bool {
        let rare = matches!(self, Self::Adopted(_) | Self::Uninstalled(_) | Self::PolicySeen(_) | Self::Exception(_));
        let objects = matches!(self, Self::RecordSeen(seen) if seen.record.withdraws() && !seen.stranger);
        rare || objects || self.override_id().is_some()
    }

    /// Returns every text that names a person or an account.
    pub fn people(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = Vec::new();
        match self {
            Self::Permitted(permitted) => {
                names.extend(here(permitted.pusher.as_ref()));
                names.extend(permitted.r#override.iter().flat_map(|grant| &grant.people).map(String::as_str));
                if let Carried::Here(basis) = &permitted.basis {
                    let met = basis.gates.iter().flat_map(|gate| &gate.requirements);
                    names.extend(met.flat_map(|requirement| &requirement.counted).map(String::as_str));
                }
            }
            Self::Refused(refused) => names.extend(here(refused.pusher.as_ref())),
            Self::OverrideUsed(used) => names.extend(used.people.iter().map(String::as_str)),
            Self::Reviewed(reviewed) => names.push(&reviewed.reviewer),
            _ => {}
        }
        names.into_iter()
    }
}

/// Returns the text if it is written here.
fn here(carried: Option<&Carried<String>>) -> Option<&str> {
    match carried {
        Some(Carried::Here(text)) => Some(text),
        Some(Carried::Aside(_)) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    #[test]
    fn kinds_are_written_as_their_names_say() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{}\"", kind.as_str()));
        }
    }

    #[test]
    fn what_is_carried_is_told_from_what_is_aside() {
        let aside = Carried::<String>::Aside(AsideDigest { aside: Digest::of(b"x") });
        let text = serde_json::to_string(&aside).unwrap();
        assert_eq!(serde_json::from_str::<Carried<String>>(&text).unwrap(), aside);
        let basis = Carried::Here(Basis::default());
        let text = serde_json::to_string(&basis).unwrap();
        assert_eq!(text, r#"{"gates":[],"sign_offs":[]}"#);
        assert_eq!(serde_json::from_str::<Carried<Basis>>(&text).unwrap(), basis);
    }
}

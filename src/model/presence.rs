//! How a person showed that a human hand was at the key, and by what means they signed.

use serde::{Deserialize, Serialize};

/// What a signature proves about the person's presence; ordered, more is more.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// Nothing: a key in a file or an agent process can sign without anybody near.
    #[default]
    None,
    /// Somebody touched a FIDO authenticator (user present, flag 0x01).
    Touch,
    /// The authenticator also checked a PIN or a fingerprint (user verified, flag 0x04).
    Verified,
}

/// The means by which a sign-off was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// An SSH signature over the record.
    Signature,
    /// A passkey's assertion over the record.
    Passkey,
    /// An approving review on the forge.
    ForgeReview,
}

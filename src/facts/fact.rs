//! Known, or unknown with a cause. There is no third state and no default.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that was read, or the reason why it could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// It was read.
    Known(T),
    /// It could not be read; the text says why. Written `{"unknown": "cause"}`.
    Unknown(String),
}

impl<T> Fact<T> {
    /// Returns the value if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// Tells whether the value is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Returns the fact that a document without this key states.
    pub fn missing() -> Self {
        Self::Unknown("not given".to_owned())
    }
}

impl<T: Default> Fact<T> {
    /// Returns the known empty value, for keys whose absence means "none".
    pub fn none() -> Self {
        Self::Known(T::default())
    }
}

impl<T: Serialize> Serialize for Fact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Unknown(cause) => Unknown { unknown: cause.clone() }.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Fact<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        if value.as_object().is_some_and(|object| object.contains_key("unknown")) {
            let unknown: Unknown = serde_json::from_value(value).map_err(D::Error::custom)?;
            return Ok(Self::Unknown(unknown.unknown));
        }
        serde_json::from_value(value).map(Self::Known).map_err(D::Error::custom)
    }
}

/// The written form of an unknown fact.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unknown {
    unknown: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_is_not_a_value() {
        let fact: Fact<Vec<String>> = serde_json::from_str(r#"{"unknown":"disk on fire"}"#).unwrap();
        assert_eq!(fact, Fact::Unknown("disk on fire".to_owned()));
        assert_eq!(serde_json::to_string(&fact).unwrap(), r#"{"unknown":"disk on fire"}"#);
        let fact: Fact<Option<String>> = serde_json::from_str("null").unwrap();
        assert_eq!(fact, Fact::Known(None));
        assert!(serde_json::from_str::<Fact<bool>>(r#"{"unknown":"x","more":1}"#).is_err());
    }
}

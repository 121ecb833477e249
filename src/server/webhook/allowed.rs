//! Whom this service serves.

use std::fmt;
use std::str::FromStr;

use super::event::Notice;

/// An installation of the app, by its number or by the account that it is installed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// The installation's number.
    Installation(u64),
    /// The login of an organization or user, in lower case.
    Owner(String),
}

impl FromStr for Served {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_login = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if let Ok(number) = text.parse() {
            return Ok(Self::Installation(number));
        }
        if text.is_empty() || !text.chars().all(is_login) {
            return Err("an installation is named by its number or by the login of its owner".to_owned());
        }
        Ok(Self::Owner(text.to_lowercase()))
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation(number) => write!(f, "{number}"),
            Self::Owner(login) => f.write_str(login),
        }
    }
}

/// Tells whether what a notice is about is served. With nobody named everybody is.
#[must_use]
pub fn serves(served: &[Served], notice: &Notice) -> bool {
    served.is_empty()
        || served.iter().any(|served| match served {
            Served::Installation(number) => *number == notice.installation,
            Served::Owner(login) => notice.owner.as_ref() == Some(login),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(installation: u64, owner: Option<&str>) -> Notice {
        let owner = owner.map(ToOwned::to_owned);
        Notice { installation, owner, subjects: Vec::new(), push: None, forget: Vec::new() }
    }

    #[test]
    fn a_number_or_an_owner_names_an_installation() {
        let served: Vec<Served> = ["7", "Acme"].iter().map(|text| text.parse().unwrap()).collect();
        assert!(serves(&served, &notice(7, None)));
        assert!(serves(&served, &notice(8, Some("acme"))));
        assert!(!serves(&served, &notice(8, Some("acme-too"))));
        assert!(!serves(&served, &notice(8, None)));
        assert!(serves(&[], &notice(8, None)), "nobody named: everybody");
        for wrong in ["", "a/b", "a b"] {
            assert!(wrong.parse::<Served>().is_err(), "{wrong}");
        }
    }
}

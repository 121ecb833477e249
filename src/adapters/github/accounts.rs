//! Accounts as GitHub's two APIs describe them, as identities. Whether an account is an agent's is
//! not decided here; only what GitHub itself says about it.

use serde::Deserialize;

use crate::model::{Account, AccountKind, Identity};

/// An account in an answer of GraphQL (interface `Actor`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Actor {
    #[serde(rename = "__typename")]
    kind: String,
    login: String,
    #[serde(rename = "databaseId")]
    number: Option<u64>,
}

/// An account in an answer of REST.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct User {
    login: String,
    id: u64,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// The selection that [`Actor`] reads, to be put between braces.
pub(super) const ACTOR: &str = "__typename login ... on User { databaseId } ... on Bot { databaseId } \
    ... on Mannequin { databaseId } ... on Organization { databaseId }";

impl Actor {
    pub fn identity(&self) -> Identity {
        identity(&self.login, self.number, &self.kind)
    }

    /// Tells whether two are the same account; unknown numbers are never the same.
    pub fn is(&self, other: &Self) -> bool {
        self.number.is_some() && self.number == other.number
    }
}

impl User {
    pub fn identity(&self) -> Identity {
        identity(&self.login, Some(self.id), self.kind.as_deref().unwrap_or_default())
    }
}

/// Returns who somebody is whose account is gone; GitHub shows `ghost` in their place.
pub(super) fn ghost() -> Identity {
    Identity { kind: Some(AccountKind::Unknown), name: Some("ghost".to_owned()), ..Identity::default() }
}

/// Only `User` is a human being's account. An organization or a placeholder of an import acts for
/// nobody in particular.
fn identity(login: &str, number: Option<u64>, kind: &str) -> Identity {
    let (kind, login) = match kind {
        "User" => (AccountKind::Human, login.to_owned()),
        // GraphQL leaves out the ending by which REST and commits name the same bot.
        "Bot" if !login.ends_with("[bot]") => (AccountKind::Bot, format!("{login}[bot]")),
        "Bot" => (AccountKind::Bot, login.to_owned()),
        _ => (AccountKind::Unknown, login.to_owned()),
    };
    Identity {
        account: Some(Account { provider: "github".to_owned(), login }),
        id: number,
        kind: Some(kind),
        ..Identity::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_and_login(text: &str) -> (AccountKind, String) {
        let identity = serde_json::from_str::<Actor>(text).unwrap().identity();
        (identity.kind.unwrap(), identity.account.unwrap().to_string())
    }

    #[test]
    fn a_bot_has_one_name_in_both_apis() {
        let graphql: Actor = serde_json::from_str(r#"{"__typename":"Bot","login":"copilot","databaseId":9}"#).unwrap();
        let rest: User = serde_json::from_str(r#"{"login":"copilot[bot]","id":9,"type":"Bot"}"#).unwrap();
        assert_eq!(graphql.identity(), rest.identity());
        assert_eq!(rest.identity().account.unwrap().login, "copilot[bot]");
    }

    #[test]
    fn only_a_user_is_human() {
        assert_eq!(
            kind_and_login(r#"{"__typename":"User","login":"Ada","databaseId":1}"#),
            (AccountKind::Human, "github:Ada".to_owned())
        );
        for kind in ["Organization", "Mannequin", "EnterpriseUserAccount", "Newcomer"] {
            let text = format!(r#"{{"__typename":"{kind}","login":"x"}}"#);
            assert_eq!(kind_and_login(&text).0, AccountKind::Unknown, "{kind}");
        }
        let user: User = serde_json::from_str(r#"{"login":"x","id":1}"#).unwrap();
        assert_eq!(user.identity().kind, Some(AccountKind::Unknown));
    }
}

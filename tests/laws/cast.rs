//! Who appears in the small world, and how they are seen.

use countersign::facts::CommitSignature;
use countersign::model::{AccountKind, Evidence, Identity, Presence};

/// Somebody as a commit shows them.
pub fn line(name: &str, email: &str) -> Identity {
    Identity::from_name_and_email(name, email)
}

/// Somebody as an account shows them.
pub fn account(text: &str) -> Identity {
    Identity::from_account(text.parse().unwrap())
}

/// Grace's key, by its fingerprint.
pub fn grace_key() -> Identity {
    Identity::from_key("SHA256:uvZlZKqFrYPoPd2S+jKiLcsEuiz7IvQkDELXfDpcgxg")
}

fn human(text: &str, id: u64) -> Identity {
    Identity { id: Some(id), kind: Some(AccountKind::Human), ..account(text) }
}

/// People, agents, robots and strangers as they may stand in a commit.
pub fn lines() -> Vec<Identity> {
    vec![
        line("Ada Byron", "ada@example.com"),
        line("Bob Developer", "bob@example.com"),
        line("Grace Hopper", "grace+work@example.com"),
        line("Barbara Liskov", "Barbara@Example.com"),
        line("Dana Scully", "dana@example.com"),
        line("Acme Release Bot", "release-bot@acme.example"),
        line("Acme Fixer", "f1@agents.acme.example"),
        line("GRACE  HOPPER", "other@elsewhere.example"),
        line("Linus", "7+linus@users.noreply.github.com"),
        line("Eve Nobody", "eve@elsewhere.example"),
    ]
}

/// Whose key may have signed a commit, and what that proves.
pub fn signatures() -> Vec<Option<CommitSignature>> {
    let by = |key: &str, presence| Some(CommitSignature { invalid: None, key: key.to_owned(), presence });
    let grace = grace_key().key.unwrap_or_default();
    vec![
        by(&grace, Presence::Touch),
        by(&grace, Presence::Verified),
        by(&grace, Presence::None),
        by("SHA256:V1RWArcSZ12qYbsxZZZS4JRrDhYvwfBQc5yo1z3pSEk", Presence::Touch),
        by("SHA256:nobodys", Presence::Verified),
    ]
}

/// Something that a commit shows.
pub fn sign() -> Evidence {
    Evidence { agent: "codex".into(), signal: "branch".into(), text: "codex/fix".into(), r#where: "branch".into() }
}

/// Who may push, open, request and deploy.
pub fn actors() -> Vec<Identity> {
    vec![
        account("plain:ada"),
        account("plain:bob"),
        account("plain:grace"),
        account("plain:barbara"),
        account("plain:dana"),
        account("plain:releasebot"),
        account("plain:fixer-1"),
        account("github:linus"),
        account("plain:eve"),
        grace_key(),
        line("Grace Hopper", "grace@example.com"),
        Identity { email: Some("release-bot@acme.example".to_owned()), ..account("plain:eve") },
        Identity { email: Some("grace@example.com".to_owned()), ..account("plain:bob") },
    ]
}

/// Who may sign.
pub fn signers() -> Vec<Identity> {
    vec![
        account("plain:grace"),
        account("plain:barbara"),
        account("plain:dana"),
        grace_key(),
        account("plain:bob"),
        account("plain:ada"),
        human("github:linus", 5),
        human("github:eve", 6),
        account("plain:fixer-1"),
        account("plain:releasebot"),
        Identity { account: account("plain:barbara").account, ..grace_key() },
        Identity { kind: Some(AccountKind::Bot), ..account("plain:grace") },
        line("Grace Hopper", "grace@example.com"),
    ]
}

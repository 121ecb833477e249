//! Who plays, what they write, and the policy that they live under.

/// Somebody of the cast.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    pub name: &'static str,
    pub email: &'static str,
    /// The login at the server, and the name of the key file.
    pub account: &'static str,
}

pub const ADA: Person = Person { name: "Ada Byron", email: "ada@example.com", account: "ada" };
pub const BOB: Person = Person { name: "Bob Developer", email: "bob@example.com", account: "bob" };
pub const GRACE: Person = Person { name: "Grace Hopper", email: "grace@example.com", account: "grace" };
pub const BARBARA: Person = Person { name: "Barbara Liskov", email: "barbara@example.com", account: "barbara" };
pub const DANA: Person = Person { name: "Dana Scully", email: "dana@example.com", account: "dana" };

/// A message that names an agent.
pub const KIRO: &str = "Fix cost explorer cache\n\nCo-authored-by: Kiro <kiro@amazon.com>";

/// The ref that everybody wants.
pub const MAIN: &str = "refs/heads/main";

/// A reason that is long enough.
pub const REASON: &str = "Checkout is down and must be fixed now";

/// The policy of most tests; `KEY:x` stands for x's public key.
pub const POLICY: &str = r#"version: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada } }
  bob: { name: Bob Developer, emails: [bob@example.com], accounts: { plain: bob }, keys: ["KEY:bob"] }
  grace:
    name: Grace Hopper
    emails: [grace@example.com, hopper@home.example.com]
    accounts: { plain: grace, github: { login: amazing-grace, id: 42 } }
    keys: ["KEY:grace"]
  barbara: { name: Barbara Liskov, emails: [barbara@example.com], accounts: { plain: barbara }, keys: ["KEY:barbara"] }
  dana: { name: Dana Scully, emails: [dana@example.com], accounts: { plain: dana }, keys: ["KEY:dana"] }
roles:
  senior: { people: [grace, barbara] }
  release-manager: { people: [dana] }
agents:
  acme-fixer: { names: ["Acme Fixer"], accounts: { plain: fixer } }
robots:
  acme-release: { emails: [release-bot@acme.example], accounts: { plain: releasebot } }
gates:
  - name: agent's change
    refs: ["refs/heads/main", "refs/heads/release/**", "refs/tags/v*"]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
"#;

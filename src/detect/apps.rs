//! Automation that the catalogue does not know: `new-app[bot]`, `Release Bot <bot@…>` as author.
//!
//! GitHub writes `[bot]` behind the login of every app, and nobody else may have such a login. Most
//! apps are automation; some are agents that nobody has heard of yet.

use super::Signature;
use super::sink::{Sink, Weight};
use crate::catalogue::ascii::tokens;
use crate::catalogue::unicode::fold;
use crate::catalogue::{ActorKind, Catalogue, FoldedAddress, Who};

/// Whom evidence names for automation that the catalogue does not know.
const UNKNOWN_ROBOT: &str = "unknown-robot";

/// Words by which automation calls itself an agent.
const AGENTS: &[&str] =
    &["agent", "agentic", "agents", "ai", "assistant", "autopilot", "coder", "copilot", "genai", "gpt", "llm", "swe"];
/// Words by which it calls itself automation.
const ROBOTS: &[&str] = &["automation", "bot", "ci", "robot"];

/// Reads an author whom nobody knows: automation is a robot where that is trusted, and nobody known
/// elsewhere; where it calls itself an agent, that is a hint.
pub fn author(catalogue: &Catalogue, author: &Signature<'_>, trusts_apps: bool, sink: &mut Sink) {
    // Nearly all commits end here.
    if !may_be_automation(author.name) && !may_be_automation(author.email) {
        return;
    }
    let name = fold(&String::from_utf8_lossy(author.name));
    let address = FoldedAddress::new(&String::from_utf8_lossy(author.email));
    let Some(login) = app(&name, address.as_ref()).or_else(|| automation(&name, address.as_ref())) else { return };
    let is_agent = |word: &str| AGENTS.contains(&word) || catalogue.phrase(word).is_some();
    if tokens(&login).chain(tokens(&name)).any(is_agent) {
        for who in catalogue.unnamed_ai() {
            sink.sign(Weight::Hint, "author", who, "author", &author.to_string());
        }
    } else if trusts_apps {
        let who = Who { kind: ActorKind::Robot, id: UNKNOWN_ROBOT };
        sink.sign(Weight::Robot, "author", who, "author", &author.to_string());
    }
}

fn may_be_automation(text: &[u8]) -> bool {
    let mut pairs =
        text.windows(2).map(|pair| [pair.first(), pair.last()].map(|byte| byte.map(u8::to_ascii_lowercase)));
    // `bot`, `robot`, `automation`, `ci`
    pairs.any(|pair| matches!(pair, [Some(b'o'), Some(b't')] | [Some(b'a'), Some(b'u')] | [Some(b'c'), Some(b'i')]))
}

/// The login of an app, in lower case, without its ending.
fn app(name: &str, address: Option<&FoldedAddress>) -> Option<String> {
    if let Some(login) = name.trim().strip_suffix("[bot]") {
        return Some(login.to_owned());
    }
    Some(address?.noreply()?.login.strip_suffix("[bot]")?.to_owned())
}

/// The address's local part of automation that calls itself so twice: in its name, and in its address.
fn automation(name: &str, address: Option<&FoldedAddress>) -> Option<String> {
    let local = address.map_or("", |address| &address.local);
    let is_robot = |word: &str| ROBOTS.contains(&word);
    let is_named = tokens(name).last().is_some_and(is_robot);
    (is_named && (local.is_empty() || tokens(local).any(is_robot))).then(|| local.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(name: &str, email: &str, trusts_apps: bool) -> (Option<Weight>, usize) {
        let mut sink = Sink::default();
        let signature = Signature { name: name.as_bytes(), email: email.as_bytes() };
        author(&Catalogue::built_in(), &signature, trusts_apps, &mut sink);
        (sink.heaviest, sink.hints.len())
    }

    #[test]
    fn automation_is_a_robot_only_where_that_is_trusted() {
        for (name, email) in [
            ("acme-release[bot]", "7+acme-release[bot]@users.noreply.github.com"),
            ("acme-release[bot]", "release@example.com"),
            ("Release", "7+acme-release[bot]@users.noreply.github.com"),
            ("Acme CI", "ci@example.com"),
            ("acme-automation", "7+acme-automation@users.noreply.github.com"),
            ("acme-automation", ""),
            ("Acme Bot", "release-bot@example.com"),
        ] {
            assert_eq!(weight(name, email, true), (Some(Weight::Robot), 0), "{name}");
            assert_eq!(weight(name, email, false), (None, 0), "{name}");
        }
        for name in ["acme-ai[bot]", "acme-coding-agent[bot]", "claude-helper[bot]", "swe-acme[bot]"] {
            assert_eq!(weight(name, "x@example.com", true), (None, 1), "{name}");
            assert_eq!(weight(name, "x@example.com", false), (None, 1), "{name}");
        }
    }

    #[test]
    fn people_are_no_automation() {
        for (name, email) in [
            ("Ada Byron", "ada@example.com"),
            ("[bot] maker", "ada@example.com"),
            ("Ada Bot", "ada@example.com"),
            ("Ada Byron", "adabot@example.com"),
            ("adabot", "7+adabot@users.noreply.github.com"),
            ("Ada [work]", "ci@example.com"),
            ("", ""),
        ] {
            assert_eq!(weight(name, email, true), (None, 0), "{name}");
        }
    }
}

//! Whom a trailer's value names: agents by who they are, or by a name that is no person's.

use super::people::Named;
use crate::catalogue::ascii::tokens;
use crate::catalogue::unicode::fold;
use crate::catalogue::{Catalogue, FoldedAddress, NameKind, Phrase, Who, is_own_local};

/// How well the key around a name says that an AI may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The key is about help: a name followed by anything will do.
    Free,
    /// The key is about people: nothing may stand there that the grammar does not know.
    Closed,
    /// The key is an everyday word: the name must be a product's.
    Product,
}

/// Returns the agents and robots that somebody named in a trailer is known to be.
fn known<'c>(catalogue: &'c Catalogue, named: &Named) -> Vec<Who<'c>> {
    let mut found = Vec::new();
    catalogue.find_person(&named.name, named.email.as_deref().unwrap_or_default(), &mut found);
    if let Some(account) = named.to_identity().account {
        catalogue.find_account(&account, None, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns the agents that a trailer's value names, by identity or else by name.
pub fn agents<'c>(catalogue: &'c Catalogue, named: &Named, trust: Trust) -> Vec<Who<'c>> {
    let known: Vec<Who<'c>> = known(catalogue, named).into_iter().filter(Who::is_agent).collect();
    if !known.is_empty() {
        return known;
    }
    let name = fold(&named.name);
    let address = named.email.as_deref().and_then(FoldedAddress::new);
    let is_named = |phrase: &Phrase<'_>| match &address {
        Some(address) => phrase.is_closed && (phrase.is_product() || owns(phrase, address, &name)),
        None => alone(phrase, &name, trust),
    };
    let named = catalogue.phrase(&name).filter(is_named);
    let within = || catalogue.phrase_within(&name).filter(|_| trust == Trust::Free && address.is_none());
    let found = named.or_else(within).map(|phrase| phrase.agents).unwrap_or_default();
    if found.is_empty() && address.is_some_and(|address| is_agents_mailbox(&address, &name)) {
        return catalogue.unnamed_ai().collect();
    }
    found
}

/// Tells whether somebody is an agent by name and mailbox both: `Acme Agent <agent@acme.org>`.
fn is_agents_mailbox(address: &FoldedAddress, name: &str) -> bool {
    let says_so = |text: &str| tokens(text).any(|word| matches!(word, "agent" | "subagent"));
    says_so(&address.local) && says_so(name)
}

/// Names that are also people's, but that mean the agent wherever a sentence says what it did.
const ALSO_GIVEN: &[&str] = &["claude"];

fn may_be_given(name: &str) -> bool {
    name.split_whitespace().next().is_some_and(|first| ALSO_GIVEN.contains(&first))
}

/// Tells whether an address that is not the vendor's fits a name that is also a word or a given
/// name: `Amp <amp@example.com>`.
fn owns(phrase: &Phrase<'_>, address: &FoldedAddress, name: &str) -> bool {
    match phrase.kind {
        NameKind::Given | NameKind::Model => address.is_impersonal(),
        NameKind::Shared if may_be_given(name) || address.is_private_mail() => address.is_impersonal(),
        NameKind::Plain | NameKind::Shared => address.is_impersonal() || is_own_local(address, name.trim()),
    }
}

/// Tells whether a name without an address is an agent's.
fn alone(phrase: &Phrase<'_>, name: &str, trust: Trust) -> bool {
    let is_complete = phrase.is_closed || is_sentence(name, phrase) || is_with_model(name);
    match (trust, phrase.kind) {
        (Trust::Free, _) if phrase.is_product() => true,
        (Trust::Free | Trust::Closed, _) => is_complete,
        (Trust::Product, _) => phrase.is_closed && phrase.is_product(),
    }
}

/// Tells whether a sentence goes on behind a name: `Claude, for the tests`. A bracket may also say
/// which of several people of one given name is meant.
fn is_sentence(name: &str, phrase: &Phrase<'_>) -> bool {
    let Some((before, behind)) = name.split_at_checked(phrase.end) else { return false };
    let before = before.trim_end();
    let next: String = behind.chars().take_while(|c| c.is_alphabetic()).collect();
    before.ends_with([',', ';', ':', '[', '—', '-', '|'])
        || before.ends_with('(') && phrase.kind != NameKind::Given
        || matches!(
            next.as_str(),
            "for" | "to" | "during" | "when" | "while" | "at" | "as" | "see" | "under" | "per" | "after"
        )
}

/// Tells whether a name is written as the Linux kernel wants it: `NAME:MODEL [TOOL]`
/// (Documentation/process/coding-assistants.rst).
fn is_with_model(name: &str) -> bool {
    let first = name.split_whitespace().next().unwrap_or_default();
    first.split_once(':').is_some_and(|(name, model)| !name.is_empty() && !model.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::people::people;
    use super::*;

    fn ids(value: &str, trust: Trust) -> Vec<String> {
        let catalogue = Catalogue::built_in();
        people(value).iter().flat_map(|named| agents(&catalogue, named, trust)).map(|who| who.id.to_owned()).collect()
    }

    #[test]
    fn agents_are_told_from_people() {
        for (value, id) in [
            ("Kiro <kiro@amazon.com>", "kiro"),
            ("Ada Byron <codex@openai.com>", "codex"),
            ("Kiro", "kiro"),
            ("@kiro-agent", "kiro"),
            ("Claude:claude-3-opus coccinelle sparse", "claude-code"),
            ("Claude for the tests", "claude-code"),
            ("Amp <amp@example.com>", "amp"),
            ("Claude Opus 4.6 <ada@example.com>", "claude-code"),
            ("Gemini <gemini@example.com>", "gemini"),
            ("Jules <noreply@example.com>", "jules"),
            (
                "Copilot Autofix powered by AI <62310815+github-advanced-security[bot]@users.noreply.github.com>",
                "copilot",
            ),
            ("Crush:some-model", "crush"),
            ("GLM-5 via Crush <ada@example.com>", "crush"),
            ("generic LLM chatbot", "unnamed-ai"),
            ("Cline Evaluation <cline@example.com>", "cline"),
            ("acme-agent <agent@acme.org>", "unnamed-ai"),
        ] {
            assert_eq!(ids(value, Trust::Closed), [id], "{value}");
        }
        for value in [
            "Devin Booker <devin@example.com>",
            "Claude Shannon",
            "Jules Verne <jules@example.com>",
            "Devin <devin@example.com>",
            "Coccinelle",
            "Travis Cline <travis@cline.bot>",
            "Grace Hopper <grace@openai.com>",
            "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
            "Codex Smith <c.smith@example.com>",
            "Claude <claude.martin@example.com>",
            "Claude <claude@dupont.example.fr>",
            "Ada Agent <ada@acme.org>",
            "Ada <agent@acme.org>",
            "Kiro <kiro@gmail.com>",
            "Goose <goose@icloud.com>",
            "Cascade <c@acme.org>",
        ] {
            assert_eq!(ids(value, Trust::Free), Vec::<String>::new(), "{value}");
        }
    }

    #[test]
    fn a_key_about_help_lets_a_product_be_followed_by_anything() {
        assert_eq!(ids("Claude Code refactored this", Trust::Free), ["claude-code"]);
        assert_eq!(ids("Claude Code refactored this", Trust::Product), Vec::<String>::new());
        assert_eq!(ids("Claude", Trust::Product), Vec::<String>::new());
    }
}

//! The keys with which agents sign their commits, and the refs in which notes tell of their part.
//!
//! A key is looked up here and never verified: whoever asks has the signature.

use super::lookup::{Catalogue, Who, find};
use super::tables::{NOTES, SIGNING_KEYS};

impl Catalogue {
    /// Returns which built-in agent's commits a key signs; [`Catalogue::find_key`] finds a policy's, too. The
    /// fingerprint is `SHA256:…` as ssh-keygen prints it, or an
    /// OpenPGP fingerprint in hexadecimal digits of either case.
    ///
    /// That a key is known accuses; that it is not says nothing.
    #[must_use]
    pub fn agent_of_key(&self, fingerprint: &str) -> Option<Who<'_>> {
        if fingerprint.starts_with("SHA256:") {
            return find(SIGNING_KEYS, fingerprint);
        }
        find(SIGNING_KEYS, &fingerprint.to_ascii_uppercase())
    }

    /// Returns the refs of git notes in which tools record an agent's part, sorted.
    #[must_use]
    pub fn note_refs() -> &'static [&'static str] {
        NOTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_signs_an_agents_commits_is_known() {
        let catalogue = Catalogue::built_in();
        let claude = catalogue.agent_of_key("SHA256:32dP45eSMmVSt/G/CGvcxl/P+MO3Nwj9xeTh/GSA2wc");
        assert_eq!(claude.map(|who| who.id), Some("claude-code"));
        assert_eq!(catalogue.agent_of_key("SHA256:32dp45eSMmVSt/G/CGvcxl/P+MO3Nwj9xeTh/GSA2wc"), None, "case matters");
        for githubs in super::super::everyday::GITHUBS_OWN_KEYS {
            assert_eq!(catalogue.agent_of_key(githubs), None, "GitHub signs for everybody");
        }
    }

    #[test]
    fn notes_of_tools_have_refs_of_their_own() {
        assert_eq!(Catalogue::note_refs(), ["refs/notes/ai", "refs/notes/ai-attribution"]);
    }
}

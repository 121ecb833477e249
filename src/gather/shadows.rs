//! Names that would be taken for a protected ref: by case, by look-alike letters, as a tag of a
//! branch's short name, or through a symbolic ref.

use std::collections::{BTreeSet, HashMap};

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

use super::sources::{History, Unreadable};
use crate::facts::{Defect, DefectCode};
use crate::model::Target;
use crate::policy::{Gate, Policy};

/// The names that must not be taken for others: what gates name without wildcards, the refs that
/// gates name, and the ref that the policy is read from.
#[derive(Debug, Default)]
pub(super) struct Protected {
    /// The names by what is left of them as a whole, and of them without `refs/heads/` or `refs/tags/`:
    /// a push may create thousands of refs beside thousands of others.
    by_full: HashMap<String, Vec<String>>,
    by_short: HashMap<String, Vec<String>>,
}

impl Protected {
    /// Reads the protected names.
    ///
    /// # Errors
    /// When the refs cannot be read.
    pub(super) fn read(history: &dyn History, policy: &Policy, policy_ref: Option<&[u8]>) -> Result<Self, Unreadable> {
        let named = policy.gates.iter().flat_map(|gate| &gate.refs).flat_map(|glob| glob.literals());
        let mut names: BTreeSet<String> = named.map(ToOwned::to_owned).collect();
        names.extend(policy_ref.map(|name| Target::from_ref_bytes(name).to_string()));
        let existing = history.refs()?.into_iter().map(|(name, _)| Target::from_ref_bytes(&name).to_string());
        names.extend(existing.filter(|name| is_gated(policy, name)));
        let mut protected = Self::default();
        for name in names {
            let shadow = Shadow::of(&name);
            if let Some(short) = shadow.short {
                protected.by_short.entry(short).or_default().push(name.clone());
            }
            protected.by_full.entry(shadow.full).or_default().push(name);
        }
        Ok(protected)
    }

    /// Returns a defect when creating `name` would shadow a protected name.
    pub(super) fn shadowed_by(&self, name: &[u8]) -> Option<Defect> {
        let shown = Target::from_ref_bytes(name).to_string();
        let own = Shadow::of(&shown);
        let short = own.short.as_ref().and_then(|short| self.by_short.get(short));
        let mut alike = self.by_full.get(&own.full).into_iter().chain(short).flatten();
        let hit = is_misleading(&shown) || alike.any(|other| *other != shown);
        hit.then_some(Defect { code: DefectCode::RefShadowed, subject: shown })
    }
}

/// Tells whether a branch or tag is named so that git or people take it for something else
/// whatever else there is: `HEAD`, or a name that starts like a full one.
fn is_misleading(name: &str) -> bool {
    let short = ["refs/heads/", "refs/tags/"].iter().find_map(|prefix| name.strip_prefix(prefix));
    short.is_some_and(|short| {
        let short = short.to_lowercase();
        short == "head" || ["refs/", "heads/", "tags/"].iter().any(|start| short.starts_with(start))
    })
}

/// Tells whether some gate names a ref.
pub(super) fn is_gated(policy: &Policy, name: &str) -> bool {
    policy.gates.iter().any(|gate| names(gate, name))
}

/// Tells whether a gate names a ref.
pub(super) fn names(gate: &Gate, name: &str) -> bool {
    gate.refs.iter().any(|glob| glob.matches_ref(name))
}

/// A ref name reduced to what people and tools tell apart badly.
#[derive(Debug)]
struct Shadow {
    full: String,
    /// The name without `refs/heads/` or `refs/tags/`: what `git checkout NAME` looks for.
    short: Option<String>,
}

impl Shadow {
    fn of(name: &str) -> Self {
        let lower = name.nfkc().collect::<String>().to_lowercase();
        let visible: String = lower.chars().filter(|c| !is_invisible(*c)).collect();
        let full: String = skeleton(&visible).collect();
        let prefixes = ["refs/heads/", "refs/tags/"].map(|prefix| skeleton(prefix).collect::<String>());
        let short = prefixes.iter().find_map(|prefix| full.strip_prefix(prefix.as_str()));
        Self { short: short.map(ToOwned::to_owned), full }
    }
}

/// Tells whether a character shows nothing, or next to nothing: blanks, marks on other letters,
/// zero-width and other format characters.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || is_combining_mark(c)
        || matches!(c, '\u{2800}' | '\u{3164}' | '\u{ffa0}')
        || matches!(c, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collide(a: &str, b: &str) -> bool {
        let (one, other) = (Shadow::of(a), Shadow::of(b));
        one.full == other.full || (one.short.is_some() && one.short == other.short)
    }

    #[test]
    fn what_people_take_for_main_collides_with_it() {
        for name in
            ["refs/heads/Main", "refs/heads/mаin", "refs/heads/main\u{200b}", "refs/tags/main", "refs/tags/MAIN"]
        {
            assert!(collide(name, "refs/heads/main"), "{name}");
        }
    }

    #[test]
    fn other_names_do_not() {
        for name in ["refs/heads/main2", "refs/heads/topic/main", "refs/notes/main"] {
            assert!(!collide(name, "refs/heads/main"), "{name}");
        }
    }
}

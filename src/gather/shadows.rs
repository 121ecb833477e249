//! Names that would be taken for a protected ref: by case, by look-alike letters, as a tag of a
//! branch's short name, or through a symbolic ref.

use std::collections::{BTreeSet, HashMap};

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

use super::sources::{History, Unreadable};
use super::update::RefChange;
use crate::catalogue::unicode::{fold, is_invisible};
use crate::facts::{Defect, DefectCode};
use crate::model::Target;
use crate::policy::glob::Glob;
use crate::policy::{Gate, Policy};

/// The names that must not be taken for others: what gates name without wildcards, the refs that
/// gates name, and the ref that the policy is read from.
#[derive(Debug, Default)]
pub(super) struct Protected {
    /// The names by what is left of them as a whole, and of them without `refs/heads/` or `refs/tags/`:
    /// a push may create thousands of refs beside thousands of others.
    by_full: HashMap<String, Vec<String>>,
    by_short: HashMap<String, Vec<String>>,
    /// What gates name, by which a name may be taken for a guarded one that is not there yet.
    globs: Vec<Glob>,
    /// The same in small letters, and as these look.
    alike: Vec<Glob>,
}

impl Protected {
    /// Reads the protected names, those too that come with the same push.
    ///
    /// # Errors
    /// When the refs cannot be read.
    pub(super) fn read(
        history: &dyn History,
        policy: &Policy,
        policy_ref: Option<&[u8]>,
        coming: &[RefChange],
    ) -> Result<Self, Unreadable> {
        let named = policy.gates.iter().flat_map(|gate| &gate.refs).flat_map(|glob| glob.literals());
        let mut names: BTreeSet<String> = named.map(ToOwned::to_owned).collect();
        names.extend(policy_ref.map(|name| Target::from_ref_bytes(name).to_string()));
        let existing = history.refs()?.into_iter().map(|(name, _)| Target::from_ref_bytes(&name).to_string());
        names.extend(existing.filter(|name| is_gated(policy, name)));
        let new = coming.iter().filter(|change| change.old.is_none() && change.new.is_some());
        let new = new.map(|change| Target::from_ref_bytes(&change.name).to_string());
        names.extend(new.filter(|name| is_gated(policy, name)));
        let globs: Vec<Glob> = policy.gates.iter().flat_map(|gate| gate.refs.iter().cloned()).collect();
        // A range of digits does not survive this, and stands as it is.
        let seen = globs.iter().map(|glob| glob.as_str().to_lowercase());
        let seen = seen.flat_map(|small| [skeleton(&small).collect(), small]);
        let alike = seen.filter_map(|text: String| Glob::new(&text).ok()).collect();
        let mut protected = Self { globs, alike, ..Self::default() };
        for name in names {
            for shadow in Shadow::all_of(&name) {
                if let Some(short) = shadow.short {
                    protected.by_short.entry(short).or_default().push(name.clone());
                }
                protected.by_full.entry(shadow.full).or_default().push(name.clone());
            }
        }
        Ok(protected)
    }

    /// Returns a defect when creating `name` would shadow a protected name.
    pub(super) fn shadowed_by(&self, name: &[u8]) -> Option<Defect> {
        let shown = Target::from_ref_bytes(name).to_string();
        let is_another = |alike: Option<&Vec<String>>| alike.into_iter().flatten().any(|other| *other != shown);
        let shadows = |own: &Shadow| {
            is_another(self.by_full.get(&own.full))
                || own.short.as_ref().is_some_and(|short| is_another(self.by_short.get(short)))
        };
        let hit = is_misleading(&shown)
            || Shadow::all_of(&shown).iter().any(shadows)
            || self.is_found_before(&shown)
            || self.seems_to_be_named(&shown);
        hit.then_some(Defect { code: DefectCode::RefShadowed, subject: shown })
    }

    /// Tells whether git looks for a name before it looks among branches and tags for a protected one (gitrevisions(7)).
    fn is_found_before(&self, name: &str) -> bool {
        let Some(short) = name.strip_prefix("refs/") else { return false };
        let behind = |prefix: &str| {
            let shadows = Shadow::all_of(&format!("{prefix}{short}"));
            shadows.iter().any(|shadow| self.by_full.contains_key(&shadow.full))
        };
        behind("refs/heads/") || behind("refs/tags/")
    }

    /// Tells whether a name that no gate names looks as if one did.
    fn seems_to_be_named(&self, name: &str) -> bool {
        let is_named = |globs: &[Glob], name: &str| globs.iter().any(|glob| glob.matches_ref(name));
        if is_named(&self.globs, name) {
            return false;
        }
        let folded = fold(&decoded(name)).to_lowercase();
        let seen = Shadow::all_of(name).map(|shadow| shadow.full);
        is_named(&self.alike, &folded) || seen.iter().any(|seen| is_named(&self.alike, seen))
    }
}

/// The fewest digits with which people and tools abbreviate a commit's id; see git-config(1),
/// `core.abbrev`.
const ABBREVIATED: usize = 7;

/// What git takes for something else than a branch or tag; see gitrevisions(7) and gitglossary(7), pseudoref.
const PSEUDO_REFS: [&str; 10] = [
    "head",
    "@",
    "fetch_head",
    "orig_head",
    "merge_head",
    "cherry_pick_head",
    "revert_head",
    "bisect_head",
    "rebase_head",
    "auto_merge",
];

/// Tells whether a branch or tag is named so that git or people take it for something else
/// whatever else there is: `HEAD`, a name that starts like a full one or like a remote's, or a
/// commit's id, full or abbreviated: git takes a ref of that name first (gitrevisions(7)). So does any ref
/// whose full name is found in place of another one as long as that is not there.
fn is_misleading(name: &str) -> bool {
    if name.starts_with("refs/refs/") {
        return true;
    }
    let short = ["refs/heads/", "refs/tags/"].iter().find_map(|prefix| name.strip_prefix(prefix));
    short.is_some_and(|short| {
        let short = short.to_lowercase();
        let is_like_an_id = short.len() >= ABBREVIATED && short.bytes().all(|byte| byte.is_ascii_hexdigit());
        let starts = ["refs/", "heads/", "tags/", "remotes/", "origin/"];
        PSEUDO_REFS.contains(&short.as_str()) || is_like_an_id || starts.iter().any(|start| short.starts_with(start))
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
    /// Returns a name by its small letters, and by its capitals as they look: those of other scripts may look like
    /// Latin ones whose small letters they do not resemble, and an `I` like a small L.
    fn all_of(name: &str) -> [Self; 3] {
        let composed: String = decoded(name).nfkd().collect();
        let seen: String = composed.chars().map(capital_as_seen).collect();
        let bare: String = skeleton(&composed).collect();
        [Self::of(&composed), Self::of(&seen), Self::of(&bare)]
    }

    fn of(composed: &str) -> Self {
        let lower = composed.to_lowercase();
        let visible: String = lower.chars().filter(|c| !shows_nothing(*c)).collect();
        let full: String = skeleton(&visible).collect();
        let prefixes = ["refs/heads/", "refs/tags/"].map(|prefix| skeleton(prefix).collect::<String>());
        let short = prefixes.iter().find_map(|prefix| full.strip_prefix(prefix.as_str()));
        Self { short: short.map(ToOwned::to_owned), full }
    }
}

/// How often a name is decoded at most: by what passes it on, and by what shows it.
const DECODED: usize = 3;

/// Returns a name as web pages and addresses decode it (RFC 3986 §2.1), if it can be.
fn decoded(name: &str) -> String {
    let mut seen = name.to_owned();
    for _ in 0..DECODED {
        match percent_encoding::percent_decode_str(&seen).decode_utf8() {
            Ok(next) if next != seen => seen = next.into_owned(),
            _ => break,
        }
    }
    seen
}

/// Returns the Latin capital that looks like a capital of another script. What looks like a stroke is left alone:
/// its small letter tells more.
fn capital_as_seen(c: char) -> char {
    if c.is_ascii() || !c.is_uppercase() {
        return c;
    }
    let mut bytes = [0u8; 4];
    let mut alike = skeleton(c.encode_utf8(&mut bytes));
    match (alike.next(), alike.next()) {
        (Some(latin), None) if latin.is_ascii_uppercase() => latin,
        _ => c,
    }
}

/// Tells whether a character shows nothing, or next to nothing: blanks, marks on other letters,
/// controls, zero-width and other format characters.
fn shows_nothing(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_combining_mark(c) || is_invisible(c) || c == '\u{2800}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collide(a: &str, b: &str) -> bool {
        let (one, other) = (Shadow::all_of(a), Shadow::all_of(b));
        let alike =
            |one: &Shadow, other: &Shadow| one.full == other.full || (one.short.is_some() && one.short == other.short);
        one.iter().any(|one| other.iter().any(|other| alike(one, other)))
    }

    #[test]
    fn what_people_take_for_main_collides_with_it() {
        for name in
            ["refs/heads/Main", "refs/heads/mаin", "refs/heads/main\u{200b}", "refs/tags/main", "refs/tags/MAIN"]
        {
            assert!(collide(name, "refs/heads/main"), "{name}");
        }
        for marked in ["maiṇ", "main\u{301}", "ṁain", "maïn", "maİn"] {
            assert!(collide(&format!("refs/heads/{marked}"), "refs/heads/main"), "{marked}");
        }
        for hidden in ['\u{80}', '\u{85}', '\u{9f}', '\u{fff9}', '\u{fffb}', '\u{e0041}', '\u{2800}', '\u{3164}'] {
            assert!(collide(&format!("refs/heads/ma{hidden}in"), "refs/heads/main"), "{hidden:?}");
        }
    }

    #[test]
    fn capitals_of_other_scripts_and_encoded_letters_collide() {
        for short in ["МАIN", "ΜАІΝ", "mаIΝ", "maịn", "ma\u{323}in", "m%61in", "%4d%41in", "m%d0%b0in", "m%2561in"]
        {
            assert!(collide(&format!("refs/heads/{short}"), "refs/heads/main"), "{short}");
        }
        for short in ["100%", "ma%zzin", "%6", "m%ffain"] {
            assert!(!collide(&format!("refs/heads/{short}"), "refs/heads/main"), "{short}");
        }
    }

    #[test]
    fn what_git_or_people_take_for_a_commit_or_a_remotes_branch_misleads() {
        for short in ["1a2b3c4", "1A2B3C4D5E", "20261122", &"a".repeat(40), "HEAD", "origin/main", "Remotes/origin/x"] {
            assert!(is_misleading(&format!("refs/heads/{short}")), "{short}");
            assert!(is_misleading(&format!("refs/tags/{short}")), "{short}");
        }
        assert!(is_misleading("refs/refs/heads/main"));
        for short in ["facade", "1a2b3c", "1a2b3c4-fix", "topic/1a2b3c4", "v20261122", "original", "my/origin/main"] {
            assert!(!is_misleading(&format!("refs/heads/{short}")), "{short}");
        }
    }

    #[test]
    fn capitals_that_look_like_small_letters_collide() {
        for short in ["reIease", "re1ease", "RELEASE", "RE1EASE", "release\u{200b}", "re%49ease"] {
            assert!(collide(&format!("refs/heads/{short}"), "refs/heads/release"), "{short}");
        }
        for short in ["refease", "relaese", "re|ease/x"] {
            assert!(!collide(&format!("refs/heads/{short}"), "refs/heads/release"), "{short}");
        }
    }

    #[test]
    fn other_names_do_not() {
        for name in ["refs/heads/main2", "refs/heads/topic/main", "refs/notes/main"] {
            assert!(!collide(name, "refs/heads/main"), "{name}");
        }
    }
}

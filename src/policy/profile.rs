//! The profiles that `init` writes: five answers to how far duties are kept apart.
//!
//! Each is a commented policy of its own in `profiles/`; what is known about people and targets
//! takes the place of its examples (`starter`). Who may do what under each stands in
//! docs/profiles.md, in a table that a test generates.

/// How far duties are kept apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// A senior looks at what an agent wrote; everything else passes.
    Minimal,
    /// Somebody else looks at every change, and a senior at what an agent wrote.
    #[default]
    Senior,
    /// Author, reviewer and release approver are three people (PCI DSS 4.0.1, 6.2.3.1).
    Pci,
    /// Two trusted people agree to every change; an agent is none (SLSA source track, level 4).
    SlsaL4,
    /// Every commit counts as an agent's; two seniors, a release manager, hands on security keys.
    Strict,
}

impl Profile {
    /// Every profile, from the least to the most that it asks for.
    pub const ALL: [Self; 5] = [Self::Minimal, Self::Senior, Self::Pci, Self::SlsaL4, Self::Strict];

    /// Returns its name, as it is written after `--profile`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Senior => "senior",
            Self::Pci => "pci",
            Self::SlsaL4 => "slsa-l4",
            Self::Strict => "strict",
        }
    }

    /// Returns what it is for, in one line.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::Minimal => "a senior looks at what an agent wrote; everything else passes",
            Self::Senior => "somebody else looks at every change, a senior at an agent's",
            Self::Pci => "author, reviewer and release approver are three people (PCI DSS 6.2.3.1)",
            Self::SlsaL4 => "two trusted people agree to every change, and no agent is one (SLSA source level 4)",
            Self::Strict => "two seniors on every change, a release manager on every release, security keys",
        }
    }

    /// Returns the profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// Returns its text, with marks around what may be replaced.
    pub(super) fn template(self) -> &'static str {
        match self {
            Self::Minimal => include_str!("profiles/minimal.yaml"),
            Self::Senior => include_str!("profiles/senior.yaml"),
            Self::Pci => include_str!("profiles/pci.yaml"),
            Self::SlsaL4 => include_str!("profiles/slsa-l4.yaml"),
            Self::Strict => include_str!("profiles/strict.yaml"),
        }
    }
}

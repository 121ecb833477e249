//! The form of `agents.yaml`: what may stand in it, and where each thing stood.
//!
//! Shared with `build.rs`: nothing else of the crate may be named here. What is allowed is in
//! `lint.rs`, what follows from it in the tables that `build.rs` writes.

use std::fmt;

use serde::{Deserialize, Serialize};
pub use serde_yaml::Spanned;

/// The whole catalogue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Document {
    /// The version of the form; 1.
    pub version: Spanned<u32>,
    /// The version of the content: a date, and a number behind it where a day has several.
    pub release: Spanned<String>,
    /// Keys of trailers that anyone may write.
    pub keys: Keys,
    /// Words around names.
    pub words: Words,
    /// The AI agents.
    pub agents: Vec<Spanned<Entry>>,
    /// Automation that is no AI.
    pub robots: Vec<Spanned<Entry>>,
}

/// Keys of trailers by what they say about whom they name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Keys {
    /// They wrote it together with the author.
    pub co_author: Vec<String>,
    /// They wrote it.
    pub author: Vec<String>,
    /// They helped.
    pub help: Vec<String>,
    /// Perhaps they helped; an everyday word.
    pub loose: Vec<String>,
    /// An AI helped, whom the value need not name.
    pub flag: Vec<String>,
    /// They vouch for it.
    pub sign_off: Vec<String>,
    /// They looked at it.
    pub review: Vec<String>,
}

/// Words that may stand around a name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// In front of it.
    pub lead: Vec<String>,
    /// Behind it, and decide that a product is meant.
    pub product: Vec<String>,
    /// Behind it, and decide nothing.
    pub tail: Vec<String>,
}

/// An agent or robot, and every sign of it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// What else a reader should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Its accounts at GitHub.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Spanned<AccountSign>>,
    /// Its addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Spanned<EmailSign>>,
    /// The keys that sign its commits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signing_keys: Vec<Spanned<KeySign>>,
    /// Names of it that no person bears.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Spanned<NameSign>>,
    /// Names of it that are everyday words or given names, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_names: Vec<Spanned<NameSign>>,
    /// Names of models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Spanned<NameSign>>,
    /// Names that are it where the address is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placeholder: Vec<Spanned<NameSign>>,
    /// What stands in brackets behind an author's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suffixes: Vec<Spanned<NameSign>>,
    /// An exact name at a domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub name_at: Vec<Spanned<NameAtSign>>,
    /// Keys of trailers that it alone writes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<Spanned<TrailerSign>>,
    /// Addresses of its sessions, without scheme.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Spanned<PrefixSign>>,
    /// Phrases that its tools write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Spanned<TextSign>>,
    /// Lines of messages as they were seen or documented; each must be recognized.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<Spanned<FormSign>>,
    /// Refs of git notes in which its part is recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Spanned<NotesSign>>,
    /// Beginnings of branch names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Spanned<PrefixSign>>,
    /// Variables in its shell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<Spanned<EnvironmentSign>>,
    /// Comments by which people ask it to work; they are no part of a commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Spanned<TextSign>>,
}

/// Where a sign comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Seen in public histories.
    Commits,
    /// In the vendor's published package.
    Package,
    /// In its documentation.
    Docs,
    /// In other public lists of agents.
    List,
    /// In instructions that people give their agents.
    Convention,
    /// Not checked.
    Memory,
}

impl Source {
    /// Returns what it means, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Commits => "seen in public histories",
            Self::Package => "in the vendor's published package",
            Self::Docs => "in its documentation",
            Self::List => "in other public lists of agents",
            Self::Convention => "in instructions that people give their agents",
            Self::Memory => "not checked",
        }
    }

    /// Returns its name in the catalogue.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Commits => "commits",
            Self::Package => "package",
            Self::Docs => "docs",
            Self::List => "list",
            Self::Convention => "convention",
            Self::Memory => "memory",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a trailer says that only one actor writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// The actor wrote the commit.
    Author,
    /// The actor helped.
    Help,
}

/// What a line of a message makes of its commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// An agent's.
    Agent,
    /// Made with an agent's help.
    Assisted,
}

/// A sign that says where it comes from and when it was last seen.
pub trait Dated {
    /// Returns source, and year and month.
    fn dated(&self) -> (Source, &str);
}

macro_rules! signs {
    ($($(#[$about:meta])* $name:ident { $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)? })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Deserialize, Serialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $name {
            $($(#[$meta])* pub $field: $kind,)*
            /// Where it comes from.
            pub source: Source,
            /// When it was last seen or checked: year and month.
            pub seen: String,
        }
        impl Dated for $name {
            fn dated(&self) -> (Source, &str) { (self.source, &self.seen) }
        }
    )*};
}

signs! {
    /// An account.
    AccountSign {
        /// Its login.
        login: String,
        /// Its number, which survives a rename.
        #[serde(default, skip_serializing_if = "Option::is_none")] id: Option<u64>,
    }
    /// An address, or a domain with a closed list of local parts.
    EmailSign {
        /// The address.
        #[serde(default, skip_serializing_if = "Option::is_none")] address: Option<String>,
        /// The domain.
        #[serde(default, skip_serializing_if = "Option::is_none")] domain: Option<String>,
        /// The local parts that are the actor's; the domain's others are people.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] locals: Vec<String>,
    }
    /// A key that signs commits.
    KeySign {
        /// `SHA256:…` as ssh-keygen prints it, or an OpenPGP fingerprint in capital hexadecimal digits.
        fingerprint: String,
    }
    /// Names.
    NameSign {
        /// The names.
        is: Vec<String>,
        /// Whether many people bear them.
        #[serde(default, skip_serializing_if = "is_false")] given: bool,
    }
    /// A name at a domain.
    NameAtSign {
        /// The name.
        name: String,
        /// The domain.
        domain: String,
    }
    /// A trailer.
    TrailerSign {
        /// Its key.
        key: String,
        /// What it says.
        means: Says,
        /// The values that count; any when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")] values: Vec<String>,
    }
    /// The beginning of something.
    PrefixSign {
        /// The beginning.
        prefix: String,
    }
    /// A fixed text.
    TextSign {
        /// The text.
        text: String,
    }
    /// A line of a message.
    FormSign {
        /// The line.
        line: String,
        /// What it makes of the commit.
        reads: Reads,
    }
    /// A ref of git notes.
    NotesSign {
        /// The ref.
        r#ref: String,
        /// Who defines what the notes say.
        form: String,
    }
    /// Variables that are set together: `NAME`, `NAME=value`, or `NAME~part of the value`.
    EnvironmentSign {
        /// The conditions, all of which must hold.
        set: Vec<String>,
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

//! Every code that a problem with a policy can have, with what it means.

use super::problem::Severity::{Error, Warning};
use super::problem::{Problem, Severity};

/// What a problem's code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemCode {
    /// The code, kebab-case.
    pub code: &'static str,
    /// How it usually weighs; `pattern-matches-everything` is an error for robots.
    pub severity: Severity,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

const fn error(code: &'static str, meaning: &'static str) -> ProblemCode {
    ProblemCode { code, severity: Error, meaning }
}

const fn warning(code: &'static str, meaning: &'static str) -> ProblemCode {
    ProblemCode { code, severity: Warning, meaning }
}

/// All codes: first of the text, then of single values, then of the whole, then warnings.
pub const PROBLEM_CODES: &[ProblemCode] = &[
    error("too-large", "The file has more than 1 MiB."),
    error("empty", "The file holds nothing but comments."),
    error("byte-order-mark", "The file begins with a byte order mark, or is UTF-16."),
    error("not-utf8", "The file is no UTF-8."),
    error("control-character", "A control character, or a mark that turns the reading direction."),
    error("yaml-syntax", "The file is no YAML."),
    error("tab", "A tab where YAML wants spaces."),
    error("too-deep", "Lists and mappings are nested deeper than 16."),
    error("too-many-nodes", "The file holds more than 200,000 values."),
    error("several-documents", "The file holds a second YAML document."),
    error("directive", "A YAML directive (`%…`)."),
    error("anchor", "A YAML anchor (`&…`)."),
    error("alias", "A YAML alias (`*…`)."),
    error("merge-key", "A YAML merge key (`<<`)."),
    error("tag", "A YAML tag (`!…`)."),
    error("key-not-text", "A key that is a list, a mapping or nothing."),
    error("duplicate-key", "A key that stands twice in one mapping."),
    error("version-unsupported", "A version that this countersign does not read."),
    error("unknown-key", "A key that this mapping does not have."),
    error("missing-key", "A key that this mapping needs."),
    error("wrong-type", "A list, mapping, text, number or truth value where another is wanted."),
    error("unknown-value", "A word that is none of the choices."),
    error("out-of-range", "A number, duration, text or list that is too small or too large."),
    error("duration", "Text that is no duration."),
    error("timestamp", "Text that is no point in time."),
    error("empty-text", "Text with nothing in it."),
    error("hidden-character", "An invisible character, or a space at an end, where something is recognized by it."),
    error("id-reserved", "An id with `:`, as only those have who are not listed."),
    error("id-invalid", "An id with characters that make it hard to read or quote."),
    error("email-invalid", "Text that is no e-mail address."),
    error("account-invalid", "Text that is no login or no provider."),
    error("wildcard-identity", "A pattern where a person, team or organization is named."),
    error("key-unreadable", "Text that is no SSH public key."),
    error("key-private", "A private key."),
    error("key-weak", "A kind or length of key whose signatures prove nothing."),
    error("key-application", "An application that the key was not made for."),
    error("validity-empty", "A key that ends before it begins."),
    error("team-invalid", "Text that is no GitHub team."),
    error("org-invalid", "Text that is no GitHub organization."),
    error("pattern-invalid", "A pattern for agents or robots that cannot be right."),
    error("glob-syntax", "Text that is no glob."),
    error("glob-never-matches", "A glob that no ref, environment or path can match."),
    error("ref-not-full", "A glob that names no full ref."),
    error("too-many-globs", "More than 5,000 globs."),
    error("paths-empty", "An empty list of paths: the gate would never apply."),
    error("destructive-false", "`destructive` with another value than `true`."),
    error("destructive-with-refs", "`destructive` in a gate with refs."),
    error("accept-empty", "No method of signing is accepted."),
    error("ticket-pattern", "Text that is no regular expression, or one that is too large."),
    error("gate-without-target", "A gate with neither refs nor environments."),
    error("duplicate-gate", "Two gates of one name."),
    error("duplicate-person", "Two people whose ids differ in case only."),
    error("shared-identity", "An e-mail address, account, key or passkey that belongs to two people."),
    error("person-undefined", "A role names somebody who is not under `people`."),
    error("role-undefined", "A role that is asked for but not defined."),
    error("role-unholdable", "A role that nobody can hold."),
    error("key-not-here", "A key that a document from a ref may not have when a policy file stands above it."),
    error("serial-missing", "A policy from a ref without `serial`."),
    warning("no-gates", "There is no gate."),
    warning("gate-requires-nothing", "A gate that asks for nobody's sign-off."),
    warning("gate-unmatched", "A gate that matches no ref and no environment that is known."),
    warning("account-without-id", "A forge account without the number that survives a rename."),
    warning("mixed-scripts", "Letters of several scripts in one word, as look-alikes have."),
    warning("provider-unknown", "A provider of accounts that is probably another."),
    warning("holder-cannot-sign", "Somebody in a role who has no key, passkey or account."),
    warning("count-unreachable", "More people are asked for than can hold the role."),
    warning("presence-unreachable", "Presence is asked for that too few in the role can show."),
    warning("override-impossible", "The override's role is not defined: nobody can override."),
    warning("reason-may-be-empty", "An override needs no reason."),
    warning("person-is-actor", "A person who also matches an agent or robot."),
    warning("distinct-people-dead", "`distinct-people` where there are no two requirements to keep apart."),
    warning("rule-dead", "An agent or robot that nothing recognizes."),
    warning("pattern-matches-everything", "A pattern that everybody matches."),
    warning("human-proof-dead", "`human-proof` where unmarked commits are taken for a human's anyway."),
    warning("shared-name", "Two people of one name."),
    warning("repeated-entry", "An entry that stands in its list already."),
];

impl Problem {
    /// Returns what the problem's code means.
    #[must_use]
    pub fn meaning(&self) -> Option<&'static ProblemCode> {
        PROBLEM_CODES.iter().find(|known| known.code == self.code)
    }
}

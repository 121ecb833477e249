//! Reading values of the tree: the right kind, in range, with an error in place of a guess.
//!
//! Every function reports what is wrong and returns None, so that reading goes on and all errors
//! are found at once.

use std::ops::Range;

use jiff::Timestamp;
use unicode_security::{RestrictionLevel, RestrictionLevelDetection as _};

use super::duration;
use super::problem::{Problem, Problems, shown};
use super::shape::{self, Key, Shape};
use super::suggest::nearest;
use super::yaml::{Entry, Node, Plain, Value};
use crate::model::{is_plain, terminal_safe};

/// The longest text that a policy may hold in one place, in bytes.
const LONGEST_TEXT: usize = 8 * 1024;

/// The most entries of one list.
const LONGEST_LIST: usize = 5_000;

/// Keys longer than this are no misspelling of anything, in bytes.
const LONGEST_KEY: usize = 40;

/// In a mapping with more keys than this nobody looks for misspellings: it was made to cost time.
const MOST_KEYS: usize = 100;

/// A mapping whose keys were checked.
pub(super) struct Fields<'t, 's> {
    entries: &'t [Entry<'s>],
    shape: &'static Shape,
}

impl<'t, 's> Fields<'t, 's> {
    /// Returns the entry of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&'t Entry<'s>> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// Returns the value of a key.
    pub(super) fn value(&self, key: &str) -> Option<&'t Node<'s>> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Tells whether an unknown key was reported as a misspelling of this one: then nothing more
    /// needs to be said about its absence.
    pub(super) fn is_misspelt(&self, key: &str) -> bool {
        self.shape
            .key(key)
            .is_some_and(|key| self.entries.iter().take(MOST_KEYS).any(|entry| is_slip_for(entry, key, self.shape)))
    }
}

/// Says what a node is, for "expected a list, this is …".
fn kind(node: &Node<'_>) -> &'static str {
    match &node.value {
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
        Value::Refused => "nothing that may be read",
        Value::Scalar { plain: false, .. } => "text",
        Value::Scalar { text, plain: true } => match Plain::of(text) {
            Plain::Null => "nothing",
            Plain::Boolean => "a truth value",
            Plain::Number => "a number",
            Plain::Text => "text",
        },
    }
}

/// Reports that a node is of the wrong kind.
pub(super) fn wrong_type<'p>(problems: &'p mut Problems, node: &Node<'_>, expected: &str) -> Option<&'p mut Problem> {
    // What was refused has its error already.
    if matches!(node.value, Value::Refused) {
        return None;
    }
    Some(problems.error("wrong-type", &node.span, format!("expected {expected}, this is {}", kind(node))))
}

/// Reads the entries of a mapping whatever its keys are.
pub(super) fn entries<'t, 's>(node: &'t Node<'s>, expected: &str, problems: &mut Problems) -> Option<&'t [Entry<'s>]> {
    match &node.value {
        Value::Map(entries) => Some(entries),
        _ => {
            wrong_type(problems, node, expected);
            None
        }
    }
}

/// Reads a mapping of a known shape; unknown and missing keys are errors.
pub(super) fn fields<'t, 's>(
    node: &'t Node<'s>,
    shape: &'static Shape,
    problems: &mut Problems,
) -> Option<Fields<'t, 's>> {
    let Value::Map(entries) = &node.value else {
        wrong_type(problems, node, &format!("a mapping for {}", shape.name));
        return None;
    };
    for entry in entries.iter().filter(|entry| !entry.key.is_empty() && shape.key(&entry.key).is_none()) {
        unknown_key(entry, entries, shape, problems);
    }
    for key in shape.keys.iter().filter(|key| key.required) {
        let is_given = entries.iter().any(|entry| entry.key == key.name);
        if !is_given && !entries.iter().take(MOST_KEYS).any(|entry| is_slip_for(entry, key, shape)) {
            problems.error("missing-key", &first_line(node), format!("{} needs `{}`", shape.name, key.name));
        }
    }
    Some(Fields { entries, shape })
}

/// Tells whether an unknown key was reported as a misspelling of this one.
fn is_slip_for(entry: &Entry<'_>, key: &Key, shape: &Shape) -> bool {
    shape.key(&entry.key).is_none()
        && entry.key.len() <= LONGEST_KEY
        && shape.meant_by(&entry.key).is_some_and(|meant| meant.name == key.name)
}

fn unknown_key(entry: &Entry<'_>, siblings: &[Entry<'_>], shape: &'static Shape, problems: &mut Problems) {
    if entry.key == "<<" {
        return;
    }
    let message = format!("`{}` is not a key of {}", shown(&entry.key), shape.name);
    let is_hopeless = problems.flooded() || siblings.len() > MOST_KEYS || entry.key.len() > LONGEST_KEY;
    let problem = problems.error("unknown-key", &entry.at, message);
    if is_hopeless {
        return;
    }
    let meant = shape.meant_by(&entry.key).filter(|key| !siblings.iter().any(|other| other.key == key.name));
    if let Some(key) = meant {
        problem.label(format!("did you mean `{}`?", key.name));
        if !key.without.is_empty() {
            problem.consequence(key.without);
        }
    } else if let Some(home) = shape::home_of(&entry.key) {
        problem.label(format!("this is a key of {}", home.name));
    } else {
        let known: Vec<_> = shape.keys.iter().map(|key| format!("`{}`", key.name)).collect();
        problem.hint(format!("it has {}", known.join(", ")));
    }
}

/// Returns where to point when something is missing: the first key, or where the node starts.
pub(super) fn first_line(node: &Node<'_>) -> Range<usize> {
    match &node.value {
        Value::Map(entries) => entries.first().map_or(node.span.clone(), |entry| entry.at.clone()),
        Value::List(items) => items.first().map_or(node.span.clone(), first_line),
        _ => node.span.clone(),
    }
}

/// Reads a list.
pub(super) fn list<'t, 's>(node: &'t Node<'s>, what: &str, problems: &mut Problems) -> Option<&'t [Node<'s>]> {
    match &node.value {
        Value::List(items) if items.len() > LONGEST_LIST => {
            problems.error("out-of-range", &first_line(node), format!("a list has at most {LONGEST_LIST} entries"));
            None
        }
        Value::List(items) => Some(items),
        Value::Scalar { text, plain } if !(*plain && Plain::of(text) == Plain::Null) => {
            if let Some(problem) = wrong_type(problems, node, &format!("a list of {what}")) {
                problem.hint(format!("write `[{}]`", shown(text)));
            }
            None
        }
        _ => {
            wrong_type(problems, node, &format!("a list of {what}"));
            None
        }
    }
}

/// Reads text that is not empty and not longer than makes sense.
pub(super) fn text<'t>(node: &'t Node<'_>, what: &str, problems: &mut Problems) -> Option<&'t str> {
    let Value::Scalar { text, plain } = &node.value else {
        wrong_type(problems, node, what);
        return None;
    };
    if *plain && Plain::of(text) != Plain::Text {
        let hint = format!("if it is meant as text, write \"{}\"", shown(text));
        let nothing = Plain::of(text) == Plain::Null;
        if let Some(problem) = wrong_type(problems, node, what)
            && !nothing
        {
            problem.hint(hint);
        }
        return None;
    }
    if text.trim().is_empty() {
        problems.error("empty-text", &node.span, format!("{what} cannot be empty"));
        return None;
    }
    if text.len() > LONGEST_TEXT {
        problems.error("out-of-range", &node.span, format!("{what} has at most {LONGEST_TEXT} bytes"));
        return None;
    }
    Some(text)
}

/// Reads text by which something is recognized: nothing in it may be invisible.
pub(super) fn visible<'t>(node: &'t Node<'_>, what: &str, problems: &mut Problems) -> Option<&'t str> {
    let found = text(node, what, problems)?;
    is_visible(found, &node.span, what, problems).then_some(found)
}

/// Tells whether text has no invisible character and no space at its ends; warns of look-alikes.
pub(super) fn is_visible(text: &str, at: &Range<usize>, what: &str, problems: &mut Problems) -> bool {
    if !is_plain(text) && terminal_safe(text) != text {
        problems
            .error("hidden-character", at, format!("{what} holds an invisible character: `{}`", shown(text)))
            .consequence("it would look right and match nothing");
        return false;
    }
    if text.trim() != text {
        problems.error("hidden-character", at, format!("{what} begins or ends with a space"));
        return false;
    }
    warn_of_mixed_scripts(text, at, what, problems);
    true
}

/// Warns of text that mixes scripts as no language does (UTS #39 §5.2, "highly restrictive"): a
/// Cyrillic letter in a Latin word looks right and matches nothing.
pub(super) fn warn_of_mixed_scripts(text: &str, at: &Range<usize>, what: &str, problems: &mut Problems) {
    if text.is_ascii() {
        return;
    }
    let mixes = |word: &str| !word.check_restriction_level(RestrictionLevel::HighlyRestrictive);
    if text.split(|c: char| !c.is_alphanumeric()).any(|word| !word.is_empty() && mixes(word)) {
        let escaped: String = text
            .chars()
            .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{{{:x}}}", u32::from(c)) })
            .collect();
        problems
            .warning("mixed-scripts", at, format!("{what} mixes letters of several scripts in one word"))
            .hint(format!("it is `{}`", shown(&escaped)))
            .consequence("if one of them only looks like another, it matches nothing");
    }
}

/// Reads `true` or `false`, in these words only.
pub(super) fn boolean(node: &Node<'_>, problems: &mut Problems) -> Option<bool> {
    if let Value::Scalar { text, plain: true } = &node.value {
        match text.as_ref() {
            "true" => return Some(true),
            "false" => return Some(false),
            _ => {}
        }
    }
    if let Some(problem) = wrong_type(problems, node, "`true` or `false`") {
        problem.hint("in YAML 1.2 `yes`, `no`, `on` and `off` are text");
    }
    None
}

/// Reads a whole number from `least` to `most`, decimal digits only.
pub(super) fn number(node: &Node<'_>, what: &str, range: (u64, u64), problems: &mut Problems) -> Option<u64> {
    let (least, most) = range;
    let Value::Scalar { text, plain: true } = &node.value else {
        wrong_type(problems, node, &format!("a number for {what}"));
        return None;
    };
    let decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !decimal || (text.len() > 1 && text.starts_with('0')) {
        let negative = text.strip_prefix('-').is_some_and(|rest| Plain::of(rest) == Plain::Number);
        if negative {
            problems.error("out-of-range", &node.span, format!("{what} cannot be negative"));
        } else if Plain::of(text) == Plain::Number {
            problems.error("wrong-type", &node.span, format!("{what} is a whole number in decimal digits"));
        } else {
            wrong_type(problems, node, &format!("a number for {what}"));
        }
        return None;
    }
    match text.parse::<u64>() {
        Ok(value) if (least..=most).contains(&value) => Some(value),
        Ok(value) if value < least => {
            problems.error("out-of-range", &node.span, format!("{what} must be at least {least}"));
            None
        }
        _ => {
            problems.error("out-of-range", &node.span, format!("{what} must be at most {most}"));
            None
        }
    }
}

/// Reads one of a few words.
pub(super) fn choice<T: Copy>(
    node: &Node<'_>,
    what: &str,
    words: &[(&'static str, T)],
    problems: &mut Problems,
) -> Option<T> {
    let listed = || words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let Value::Scalar { text, .. } = &node.value else {
        wrong_type(problems, node, &format!("one of {} for {what}", listed()));
        return None;
    };
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Some(*value);
    }
    let shown = shown(text);
    let problem = problems.error("unknown-value", &node.span, format!("`{shown}` is no value for {what}"));
    if let Some(word) = nearest(text, words.iter().map(|(word, _)| *word)) {
        problem.label(format!("did you mean `{word}`?"));
    } else {
        problem.hint(format!("it is one of {}", listed()));
    }
    None
}

/// Reads a duration of at least a second, in seconds.
pub(super) fn duration(node: &Node<'_>, what: &str, problems: &mut Problems) -> Option<i64> {
    let Value::Scalar { text, .. } = &node.value else {
        wrong_type(problems, node, &format!("a duration for {what}, such as `4h`"));
        return None;
    };
    match duration::parse(text) {
        Ok(0) => {
            problems.error("out-of-range", &node.span, format!("{what} must be longer than nothing"));
            None
        }
        Ok(seconds) => Some(seconds),
        Err(error) => {
            problems
                .error("duration", &node.span, format!("`{}` is no duration for {what}", shown(text)))
                .hint(error.to_string());
            None
        }
    }
}

/// Reads a point in time.
pub(super) fn timestamp(node: &Node<'_>, what: &str, problems: &mut Problems) -> Option<Timestamp> {
    let Value::Scalar { text, .. } = &node.value else {
        wrong_type(problems, node, &format!("a time for {what}, such as `2026-01-01T00:00:00Z`"));
        return None;
    };
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    problems
        .error("timestamp", &node.span, format!("`{}` is no time for {what}", shown(text)))
        .hint("write date, time and offset: `2026-01-01T00:00:00Z` (RFC 3339)");
    None
}

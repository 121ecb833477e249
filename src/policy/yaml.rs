//! From bytes to a tree of YAML nodes with places, and nothing more than the policy needs of YAML:
//! one document of mappings, lists and scalars. No anchors, aliases, merge keys, tags, directives.
//!
//! What the nodes mean is not decided here.

mod build;
mod syntax;
mod text;

use std::borrow::Cow;
use std::ops::Range;

use super::problem::Problems;

/// The longest policy, in bytes.
pub const LONGEST_POLICY: usize = 1024 * 1024;
/// The most nodes in one policy.
const MOST_NODES: usize = 200_000;
/// How deep collections may be nested.
const DEEPEST: usize = 16;

/// A node and its place.
#[derive(Debug)]
pub(super) struct Node<'s> {
    /// Bytes of the text; of a collection up to the end of its last child.
    pub(super) span: Range<usize>,
    pub(super) value: Value<'s>,
}

/// What a node holds.
#[derive(Debug)]
pub(super) enum Value<'s> {
    /// A scalar; `plain` when it has no quotes and is no block, so that it may be more than text.
    Scalar {
        text: Cow<'s, str>,
        plain: bool,
    },
    List(Vec<Node<'s>>),
    Map(Vec<Entry<'s>>),
    /// Something that was refused already.
    Refused,
}

/// A key with its value.
#[derive(Debug)]
pub(super) struct Entry<'s> {
    pub(super) key: Cow<'s, str>,
    /// The place of the key.
    pub(super) at: Range<usize>,
    pub(super) value: Node<'s>,
}

/// What a plain scalar stands for in the YAML 1.2 core schema (§10.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Null,
    Boolean,
    Number,
    Text,
}

impl Plain {
    /// Tells what a plain scalar stands for.
    pub(super) fn of(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Self::Boolean,
            ".nan" | ".NaN" | ".NAN" => Self::Number,
            _ if is_number(text) => Self::Number,
            _ => Self::Text,
        }
    }
}

/// Tells whether a plain scalar is an integer or a float of the core schema.
fn is_number(text: &str) -> bool {
    let all = |digits: &str, is: fn(char) -> bool| !digits.is_empty() && digits.chars().all(is);
    if let Some(octal) = text.strip_prefix("0o") {
        return all(octal, |c| c.is_digit(8));
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return all(hexadecimal, |c| c.is_ascii_hexdigit());
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, ""), |(whole, fraction)| (whole, fraction));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let exponent_is_fine =
        exponent.is_none_or(|text| all(text.strip_prefix(['-', '+']).unwrap_or(text), |c| c.is_ascii_digit()));
    exponent_is_fine && digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}

/// Reads a policy's bytes. None when there is no tree at all; what is wrong is in `problems`.
pub(super) fn read<'s>(bytes: &'s [u8], problems: &mut Problems) -> (&'s str, Option<Node<'s>>) {
    match text::check(bytes, problems) {
        text::Checked::Readable(source) => (source, build::tree(source, problems)),
        text::Checked::Refused(source) => (source, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_stand_for_what_the_core_schema_says() {
        for text in ["0", "-7", "+12", "010", "0o17", "0xBEEF", "1.5", ".5", "5.", "1e3", "-.inf", ".nan", "6.8523e+5"]
        {
            assert_eq!(Plain::of(text), Plain::Number, "{text}");
        }
        for text in
            ["yes", "no", "on", "off", "v1.0", "1.2.3", "e3", ".", "-", "0x", "0b1", "1_000", "30d", "2026-01-01", "1e"]
        {
            assert_eq!(Plain::of(text), Plain::Text, "{text}");
        }
        assert_eq!(Plain::of("TRUE"), Plain::Boolean);
        assert_eq!(Plain::of("~"), Plain::Null);
    }
}

//! The short list of text encodings in which a commit may be written.
//!
//! Only encodings in which a byte below 0x80 always means the ASCII character it looks like are on
//! the list. Others (UTF-7, UTF-16, ISO-2022-JP, Shift_JIS, Big5, code page 949) let one and the same bytes read
//! as a harmless text here and as a trailer there.

use std::borrow::Cow;

use encoding_rs::{EUC_JP, ISO_8859_2, ISO_8859_15, KOI8_R, KOI8_U, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

/// An encoding that can be decoded without doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Utf8,
    Ascii,
    Latin1,
    Table(&'static encoding_rs::Encoding),
}

/// Labels in lower case, without `-` and `_`.
const LABELS: &[(&str, Kind)] = &[
    ("utf8", Kind::Utf8),
    ("ascii", Kind::Ascii),
    ("usascii", Kind::Ascii),
    ("iso88591", Kind::Latin1),
    ("latin1", Kind::Latin1),
    ("iso88592", Kind::Table(ISO_8859_2)),
    ("latin2", Kind::Table(ISO_8859_2)),
    ("iso885915", Kind::Table(ISO_8859_15)),
    ("latin9", Kind::Table(ISO_8859_15)),
    ("windows1250", Kind::Table(WINDOWS_1250)),
    ("cp1250", Kind::Table(WINDOWS_1250)),
    ("windows1251", Kind::Table(WINDOWS_1251)),
    ("cp1251", Kind::Table(WINDOWS_1251)),
    ("windows1252", Kind::Table(WINDOWS_1252)),
    ("cp1252", Kind::Table(WINDOWS_1252)),
    ("koi8r", Kind::Table(KOI8_R)),
    ("koi8u", Kind::Table(KOI8_U)),
    ("eucjp", Kind::Table(EUC_JP)),
];

impl Encoding {
    /// What git takes for granted where nothing is declared. See git-commit(1), "Discussion".
    pub const UTF_8: Self = Self(Kind::Utf8);

    /// Returns the encoding that the header `encoding` declares, if it is on the list.
    #[must_use]
    pub fn from_label(label: &[u8]) -> Option<Self> {
        let plain: Vec<u8> =
            label.iter().filter(|byte| !matches!(byte, b'-' | b'_')).map(u8::to_ascii_lowercase).collect();
        LABELS.iter().find(|(known, _)| known.as_bytes() == plain).map(|(_, kind)| Self(*kind))
    }

    /// Decodes `text`; `None` when it does not keep to the encoding.
    #[must_use]
    pub fn decode(self, text: &[u8]) -> Option<Cow<'_, str>> {
        match self.0 {
            Kind::Utf8 => std::str::from_utf8(text).ok().map(Cow::Borrowed),
            Kind::Ascii if !text.is_ascii() => None,
            Kind::Ascii => std::str::from_utf8(text).ok().map(Cow::Borrowed),
            Kind::Latin1 => Some(Cow::Owned(text.iter().map(|byte| char::from(*byte)).collect())),
            Kind::Table(table) => table.decode_without_bom_handling_and_without_replacement(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_encoding_leaves_ascii_alone() {
        let ascii: String = (1u8..0x80).map(char::from).collect();
        for (label, _) in LABELS {
            let encoding = Encoding::from_label(label.as_bytes()).unwrap();
            assert_eq!(encoding.decode(ascii.as_bytes()).unwrap(), ascii, "{label}");
        }
    }

    #[test]
    fn an_ascii_byte_is_never_swallowed_by_the_byte_before_it() {
        for (label, _) in LABELS {
            let encoding = Encoding::from_label(label.as_bytes()).unwrap();
            for lead in 0x80u8..=0xff {
                for ascii in b'A'..=b'Z' {
                    if let Some(text) = encoding.decode(&[lead, ascii]) {
                        assert!(text.ends_with(char::from(ascii)), "{label} {lead:x} {ascii:x}");
                    }
                }
            }
        }
    }

    #[test]
    fn labels_are_compared_as_people_write_them() {
        for label in ["UTF-8", "utf8", "ISO8859-1", "iso-8859-1", "ISO_8859-1", "Latin1", "EUC-JP"] {
            assert!(Encoding::from_label(label.as_bytes()).is_some(), "{label}");
        }
        for label in ["", "UTF-7", "UTF-16", "ISO-2022-JP", "Shift_JIS", "binary", "utf-8 "] {
            assert!(Encoding::from_label(label.as_bytes()).is_none(), "{label}");
        }
    }

    #[test]
    fn bytes_that_break_the_encoding_are_not_guessed_at() {
        assert_eq!(Encoding::UTF_8.decode(b"\xff"), None);
        assert_eq!(Encoding::from_label(b"us-ascii").unwrap().decode("ü".as_bytes()), None);
        assert_eq!(Encoding::from_label(b"euc-jp").unwrap().decode(b"\xa4"), None);
        assert_eq!(Encoding::from_label(b"euc-jp").unwrap().decode(b"\xa4\xa2").unwrap(), "あ");
    }
}

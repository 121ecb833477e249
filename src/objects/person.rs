//! The person lines `author`, `committer` and `tagger`.

use super::Malformed;
use super::malformed::PersonProblem;

/// Who did something and when, as raw bytes: `NAME <EMAIL> SECONDS +HHMM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person<'a> {
    /// The name; it may be empty.
    pub name: &'a [u8],
    /// The address between the angle brackets; it may be empty.
    pub email: &'a [u8],
    /// Seconds since 1970-01-01T00:00:00Z, as claimed; never trusted as a time.
    pub time: i64,
    /// The time zone as written: a sign and four digits.
    pub timezone: &'a [u8],
}

impl<'a> Person<'a> {
    /// Parses the value of the header `header`. The grammar is that of git's `fsck_ident`
    /// (fsck.c), which every reader understands alike: one pair of angle brackets, one space
    /// around each part, no zero-padded date; and no white space or control character at the ends
    /// of name and address, which git leaves alone and libgit2 takes away.
    ///
    /// # Errors
    /// [`Malformed::Person`] for anything else.
    pub(super) fn parse(header: &'static str, value: &'a [u8]) -> Result<Self, Malformed> {
        Self::split(value).map_err(|problem| Malformed::Person { header, problem })
    }

    fn split(value: &'a [u8]) -> Result<Self, PersonProblem> {
        let open = memchr::memchr2(b'<', b'>', value).ok_or(PersonProblem::NoEmail)?;
        let (name, rest) = cut(value, open, b'<').ok_or(PersonProblem::StrayBracket)?;
        let name = match name {
            [] => name,
            [name @ .., b' '] => name,
            _ => return Err(PersonProblem::NoEmail),
        };
        let close = memchr::memchr2(b'<', b'>', rest).ok_or(PersonProblem::NoEmail)?;
        let (email, rest) = cut(rest, close, b'>').ok_or(PersonProblem::StrayBracket)?;
        if memchr::memchr2(b'<', b'>', rest).is_some() {
            return Err(PersonProblem::StrayBracket);
        }
        if !is_trimmed(name) || !is_trimmed(email) {
            return Err(PersonProblem::Space);
        }
        let rest = rest.strip_prefix(b" ").ok_or(PersonProblem::Date)?;
        let space = memchr::memchr(b' ', rest).ok_or(PersonProblem::Date)?;
        let (seconds, timezone) = cut(rest, space, b' ').ok_or(PersonProblem::Date)?;
        let time = parse_seconds(seconds).ok_or(PersonProblem::Date)?;
        if !is_timezone(timezone) {
            return Err(PersonProblem::Timezone);
        }
        Ok(Self { name, email, time, timezone })
    }
}

/// Splits `text` at `position`, where `byte` must stand, into what is before and behind it.
fn cut(text: &[u8], position: usize, byte: u8) -> Option<(&[u8], &[u8])> {
    let (before, at) = text.split_at_checked(position)?;
    Some((before, at.strip_prefix(&[byte])?))
}

/// Tells whether neither end is white space or a control character. Git writes none (`strbuf_addstr_without_crud`
/// in ident.c).
fn is_trimmed(text: &[u8]) -> bool {
    let is_crud = |byte: Option<&u8>| byte.is_some_and(|byte| *byte <= b' ' || *byte == 0x7f);
    !is_crud(text.first()) && !is_crud(text.last())
}

/// Reads decimal digits without sign or leading zeros as 64-bit seconds.
fn parse_seconds(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || (digits.len() > 1 && digits.first() == Some(&b'0')) {
        return None;
    }
    digits.iter().try_fold(0i64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// Tells whether `text` is a sign and four digits.
fn is_timezone(text: &[u8]) -> bool {
    matches!(text, [b'+' | b'-', digits @ ..] if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(line: &str) -> Option<PersonProblem> {
        Person::split(line.as_bytes()).err()
    }

    #[test]
    fn an_ordinary_line_is_split_into_its_parts() {
        let person = Person::split(b"Ada Byron <ada@example.com> 1735689600 +0130").unwrap();
        assert_eq!(person.name, b"Ada Byron");
        assert_eq!(person.email, b"ada@example.com");
        assert_eq!(person.time, 1_735_689_600);
        assert_eq!(person.timezone, b"+0130");
    }

    #[test]
    fn an_empty_name_and_an_empty_address_are_read_alike_by_everyone() {
        assert_eq!(Person::split(b" <ada@example.com> 1 +0000").unwrap().name, b"");
        assert_eq!(Person::split(b"<ada@example.com> 1 +0000").unwrap().name, b"");
        assert_eq!(Person::split(b"Ada <> 0 +0000").unwrap().email, b"");
    }

    #[test]
    fn two_addresses_are_refused() {
        assert_eq!(problem("Bot <bot@example.com> <ada@example.com> 1 +0000"), Some(PersonProblem::StrayBracket));
        assert_eq!(problem("Bot > <bot@example.com> 1 +0000"), Some(PersonProblem::StrayBracket));
        assert_eq!(problem("Bot <<bot@example.com> 1 +0000"), Some(PersonProblem::StrayBracket));
        assert_eq!(problem("Bot <bot@example.com>> 1 +0000"), Some(PersonProblem::StrayBracket));
    }

    #[test]
    fn what_one_reader_trims_and_another_does_not_is_refused() {
        for line in ["Ada  <a>", " Ada <a>", "Ada\t <a>", "Ada < a>", "Ada <a\r>", "Ada <\u{7f}a>"] {
            assert_eq!(problem(&format!("{line} 1 +0000")), Some(PersonProblem::Space), "{line}");
        }
    }

    #[test]
    fn a_missing_address_is_refused() {
        assert_eq!(problem("Ada 1 +0000"), Some(PersonProblem::NoEmail));
        assert_eq!(problem("Ada<ada@example.com> 1 +0000"), Some(PersonProblem::NoEmail));
        assert_eq!(problem("Ada <ada@example.com 1 +0000"), Some(PersonProblem::NoEmail));
        assert_eq!(problem(""), Some(PersonProblem::NoEmail));
    }

    #[test]
    fn dates_fit_in_64_bits_and_stand_in_one_form() {
        assert_eq!(Person::split(b"A <a> 9223372036854775807 +0000").unwrap().time, i64::MAX);
        for date in ["9223372036854775808", "100000000000000000000", "-1", "+1", "01", "", " 1", "1e3"] {
            assert_eq!(problem(&format!("A <a> {date} +0000")), Some(PersonProblem::Date), "{date}");
        }
    }

    #[test]
    fn a_time_zone_has_a_sign_and_four_digits() {
        for zone in ["", "0000", "+000", "+00000", "+00:0", "UTC", "+0000 "] {
            assert_eq!(problem(&format!("A <a> 1 {zone}")), Some(PersonProblem::Timezone), "{zone}");
        }
    }
}

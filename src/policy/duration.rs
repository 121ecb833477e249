//! Durations as policies write them: `30d`, `4h`, `1h30m`.

/// The longest duration, in seconds: 100 years of 365 days. Adding it to any time of today stays
/// far inside of what a timestamp can hold.
pub const LONGEST_DURATION: i64 = 100 * 365 * DAY;

const DAY: i64 = 86_400;

/// The units, longest first.
const UNITS: [(char, i64); 4] = [('d', DAY), ('h', 3_600), ('m', 60), ('s', 1)];

/// Why a text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// It is not made of numbers with units.
    #[error("a duration is written like `30d`, `4h`, `90m` or `1h30m`")]
    Form,
    /// A number without a unit.
    #[error("a duration needs a unit: `d`, `h`, `m` or `s`")]
    NoUnit,
    /// A sign.
    #[error("a duration cannot be negative")]
    Negative,
    /// Units that repeat or do not go from long to short.
    #[error("units go from long to short, each at most once: `1d12h`")]
    Order,
    /// More than [`LONGEST_DURATION`].
    #[error("a duration is at most 100 years")]
    TooLong,
}

/// Parses a duration into seconds.
///
/// # Errors
/// [`DurationError`] says what is wrong with it.
pub fn parse(text: &str) -> Result<i64, DurationError> {
    if text.starts_with('-') {
        return Err(DurationError::Negative);
    }
    if text.is_empty() {
        return Err(DurationError::Form);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DurationError::NoUnit);
    }
    let mut units = UNITS.iter();
    let (mut total, mut rest) = (0_i64, text);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at_checked(digits).ok_or(DurationError::Form)?;
        let unit = behind.chars().next().ok_or(DurationError::NoUnit)?;
        if number.is_empty() || !UNITS.iter().any(|(name, _)| *name == unit) {
            return Err(DurationError::Form);
        }
        let (_, seconds) = units.find(|(name, _)| *name == unit).ok_or(DurationError::Order)?;
        let number: i64 = number.parse().map_err(|_| DurationError::TooLong)?;
        let part = number.checked_mul(*seconds).ok_or(DurationError::TooLong)?;
        total = total.checked_add(part).ok_or(DurationError::TooLong)?;
        rest = behind.strip_prefix(unit).unwrap_or_default();
    }
    if total > LONGEST_DURATION { Err(DurationError::TooLong) } else { Ok(total) }
}

/// Writes seconds as a policy would: `90m` as `1h30m`, `0` as `0s`.
#[must_use]
pub fn written(seconds: i64) -> String {
    let mut text = String::new();
    let mut rest = seconds.max(0);
    for (unit, length) in UNITS {
        if rest >= length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Writes seconds in words: `1 day 12 hours`.
#[must_use]
pub fn spoken(seconds: i64) -> String {
    const WORDS: [&str; 4] = ["day", "hour", "minute", "second"];
    let mut rest = seconds.max(0);
    let mut parts = Vec::new();
    for ((_, length), word) in UNITS.into_iter().zip(WORDS) {
        match rest / length {
            0 => {}
            1 => parts.push(format!("1 {word}")),
            more => parts.push(format!("{more} {word}s")),
        }
        rest %= length;
    }
    if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read_in_seconds() {
        let cases = [("30d", 2_592_000), ("4h", 14_400), ("48h", 172_800), ("90m", 5_400), ("45s", 45)];
        for (text, seconds) in cases {
            assert_eq!(parse(text), Ok(seconds), "{text}");
        }
        assert_eq!(parse("1h30m"), Ok(5_400));
        assert_eq!(parse("1d2h3m4s"), Ok(93_784));
        assert_eq!(parse("0s"), Ok(0));
    }

    #[test]
    fn everything_else_is_refused() {
        use DurationError::{Form, Negative, NoUnit, Order, TooLong};
        let cases = [
            ("", Form),
            ("4", NoUnit),
            ("4h30", NoUnit),
            ("-4h", Negative),
            ("30m1h", Order),
            ("1h1h", Order),
            ("1w", Form),
            ("1.5h", Form),
            ("h", Form),
            ("4 h", Form),
            ("4H", Form),
            ("PT4H", Form),
            ("４h", Form),
            ("36501d", TooLong),
            ("99999999999999999999d", TooLong),
            ("9223372036854775807d", TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn durations_are_spoken_in_full() {
        assert_eq!(spoken(129_660), "1 day 12 hours 1 minute");
        assert_eq!(spoken(0), "0 seconds");
        assert_eq!(spoken(7_201), "2 hours 1 second");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in 0..=LONGEST_DURATION) {
            prop_assert_eq!(parse(&written(seconds)), Ok(seconds));
        }

        #[test]
        fn nothing_panics(text in "[0-9dhms.-]{0,30}") {
            let _ = parse(&text);
        }
    }
}

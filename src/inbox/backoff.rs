//! When to try again what did not work.

use jiff::{SignedDuration, Timestamp};

/// How often something is tried before it is put aside for a person to look at: about two days.
pub const ATTEMPTS: u32 = 24;

/// The first wait, in seconds; it doubles each time.
const FIRST: i64 = 2;
/// The longest wait: three hours.
const LONGEST: i64 = 3 * 3600;

/// Returns when to try for the next time after `attempts` failures, none when it was tried often
/// enough. `jitter` (0 to 255) spreads what failed together by up to a quarter.
#[must_use]
pub fn next_attempt(now: Timestamp, attempts: u32, jitter: u8) -> Option<Timestamp> {
    if attempts >= ATTEMPTS {
        return None;
    }
    let doubled = FIRST.checked_shl(attempts.saturating_sub(1)).unwrap_or(LONGEST);
    let wait = doubled.clamp(FIRST, LONGEST);
    let spread = wait * 1000 * i64::from(jitter) / (4 * 255);
    now.checked_add(SignedDuration::from_millis(wait * 1000 + spread)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_three_hours_and_end_after_two_days() {
        let start = Timestamp::UNIX_EPOCH;
        let waits: Vec<i64> =
            (1..).map_while(|attempts| next_attempt(start, attempts, 0)).map(Timestamp::as_second).collect();
        assert_eq!(waits.get(..4), Some(&[2, 4, 8, 16][..]));
        assert_eq!(waits.last(), Some(&LONGEST));
        let days = waits.iter().sum::<i64>() / 86_400;
        assert!((1..=2).contains(&days), "{days}");
        assert_eq!(next_attempt(start, 1, 255).map(Timestamp::as_millisecond), Some(2_500));
    }
}

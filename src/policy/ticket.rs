//! The pattern that an override's ticket must match.

use regex::{Regex, RegexBuilder};

use super::TicketPattern;

/// The longest pattern, in bytes.
const LONGEST_PATTERN: usize = 1_000;
/// The largest compiled pattern, in bytes; what is larger was written to be.
const LARGEST_PROGRAM: usize = 1 << 20;
/// The longest ticket that is looked at, in bytes.
const LONGEST_TICKET: usize = 4 * 1024;

/// Why a text is no pattern for tickets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketPatternError {
    /// More than 1,000 bytes.
    #[error("it has more than {LONGEST_PATTERN} bytes")]
    TooLong,
    /// Small to write, huge to run.
    #[error("it would need too much memory")]
    TooLarge,
    /// No regular expression.
    #[error("{0}")]
    Syntax(String),
}

impl TicketPattern {
    /// Checks a pattern.
    ///
    /// # Errors
    /// [`TicketPatternError`] when it does not compile within the limits.
    pub fn new(source: &str) -> Result<Self, TicketPatternError> {
        if source.len() > LONGEST_PATTERN {
            return Err(TicketPatternError::TooLong);
        }
        // Alone first: `a)|(b` is balanced only once it is wrapped.
        compile(source).and_then(|_| compile(&anchored(source))).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => TicketPatternError::TooLarge,
            // The last line of the message says what is wrong, those above draw it.
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                TicketPatternError::Syntax(last.strip_prefix("error: ").unwrap_or(last).to_owned())
            }
        })?;
        Ok(Self { source: source.to_owned() })
    }

    /// Tells whether the whole of `ticket` matches. The pattern is compiled here, at each call:
    /// only a push with an override comes so far.
    #[must_use]
    pub fn matches_whole(&self, ticket: &str) -> bool {
        ticket.len() <= LONGEST_TICKET && compile(&anchored(&self.source)).is_ok_and(|regex| regex.is_match(ticket))
    }
}

fn anchored(source: &str) -> String {
    format!("\\A(?:{source})\\z")
}

fn compile(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).size_limit(LARGEST_PROGRAM).dfa_size_limit(LARGEST_PROGRAM).nest_limit(50).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(source: &str, ticket: &str) -> bool {
        TicketPattern::new(source).unwrap().matches_whole(ticket)
    }

    #[test]
    fn the_whole_ticket_must_match() {
        assert!(matches("INC-[0-9]+", "INC-7"));
        assert!(!matches("INC-[0-9]+", "INC-7 and more"));
        assert!(!matches("INC-[0-9]+", "xINC-7"));
        assert!(!matches("INC-[0-9]+", "INC-7\n"));
        assert!(matches("a|ab", "ab"));
        assert!(!matches("(?m)^a$", "a\nb"));
    }

    #[test]
    fn patterns_that_mean_something_else_once_wrapped_are_refused() {
        assert!(matches!(TicketPattern::new("a)|(b"), Err(TicketPatternError::Syntax(_))));
        assert!(matches!(TicketPattern::new("(?x)a # comment"), Err(TicketPatternError::Syntax(_))));
    }

    #[test]
    fn bombs_are_refused() {
        assert_eq!(TicketPattern::new(r"(\w{100}){100}").unwrap_err(), TicketPatternError::TooLarge);
        assert_eq!(TicketPattern::new(&"a".repeat(1001)).unwrap_err(), TicketPatternError::TooLong);
        assert!(TicketPattern::new(&"(".repeat(900)).is_err());
        assert!(!matches("a*", &"a".repeat(5000)));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        assert_eq!(TicketPattern::new("INC-[0-9+").unwrap_err().to_string(), "unclosed character class");
    }
}

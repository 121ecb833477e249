//! Links to an agent's session, and the marks that its tools leave in pull requests.

use super::reading::Reading;
use super::sink::Weight;
use super::text::Line;
use crate::catalogue::ascii::tokens;

/// The most words that a line may have besides its link and still be about that link.
const MOST_WORDS: usize = 8;

/// Reads the links and marks of a line.
pub fn read(reading: &mut Reading<'_>, line: &Line<'_>) {
    let catalogue = reading.catalogue;
    let folded: &str = &line.folded;
    let mut said = 0;
    let mut found = Vec::new();
    for word in folded
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '"' | '\'' | '`' | '|'))
    {
        match word.split_once("://") {
            Some((scheme, address)) if scheme.ends_with("http") || scheme.ends_with("https") => {
                found.extend(catalogue.session(address.strip_prefix("www.").unwrap_or(address)));
            }
            _ => said += tokens(word).count(),
        }
    }
    for who in found {
        let weight = if said <= MOST_WORDS { Weight::Assisted } else { Weight::Hint };
        reading.sign(weight, "session-link", who, line);
    }
    if let Some(who) = catalogue.mark(folded) {
        reading.sign(Weight::Assisted, "mark", who, line);
    }
}

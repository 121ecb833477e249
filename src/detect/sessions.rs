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
    // Hardly any line has a link, and looking for one is much faster than splitting it into words.
    if memchr::memmem::find(folded.as_bytes(), b"://").is_some() {
        read_links(reading, line);
    }
    if let Some(who) = catalogue.mark(folded) {
        reading.sign(Weight::Assisted, "mark", who, line);
    }
}

fn read_links(reading: &mut Reading<'_>, line: &Line<'_>) {
    let catalogue = reading.catalogue;
    let mut others = Vec::new();
    let mut found = Vec::new();
    for word in line
        .folded
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '"' | '\'' | '`' | '|'))
    {
        match word.split_once("://") {
            Some((scheme, address)) if scheme.ends_with("http") || scheme.ends_with("https") => {
                found.extend(catalogue.session(address.strip_prefix("www.").unwrap_or(address)));
            }
            _ => others.push(word),
        }
    }
    if found.is_empty() {
        return;
    }
    let said: usize = others.into_iter().map(|word| tokens(word).count()).sum();
    for who in found {
        let weight = if said <= MOST_WORDS { Weight::Assisted } else { Weight::Hint };
        reading.sign(weight, "session-link", who, line);
    }
}

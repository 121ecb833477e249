//! One text being read: where it stands, what counts there, and the line that is looked at.

use super::context::Context;
use super::sink::{Sink, Weight};
use super::text::{Line, PhysicalLine};
use crate::catalogue::{Catalogue, Who};
use crate::model::Identity;

/// Where a text stands.
#[derive(Debug, Clone, Copy)]
pub enum Place<'t> {
    /// The commit's message.
    Message,
    /// Another header of the commit.
    Header(&'t str),
    /// A note on the commit, by its number from 1.
    Note(usize),
}

/// One text being read, at one of its lines.
pub struct Reading<'r> {
    /// Agents and robots.
    pub catalogue: &'r Catalogue,
    /// Where the text stands.
    pub place: Place<'r>,
    /// The line as it stands.
    pub physical: PhysicalLine<'r>,
    /// What surrounds its lines.
    pub context: &'r mut Context,
    /// Where signs go.
    pub sink: &'r mut Sink,
}

impl Reading<'_> {
    /// Notes a sign on this line. What is quoted or shown, or stands behind an empty box, accuses nobody.
    pub fn sign(&mut self, weight: Weight, signal: &str, who: Who<'_>, line: &Line<'_>) {
        let weight = if self.counts(line) { weight } else { Weight::Hint };
        let place = self.place();
        self.sink.sign(weight, signal, who, &place, line.text);
    }

    /// Notes a co-author whom this line names.
    pub fn co_author(&mut self, identity: Identity, line: &Line<'_>) {
        if self.counts(line) {
            self.sink.co_author(identity);
        }
    }

    fn counts(&self, line: &Line<'_>) -> bool {
        !line.is_quoted && !line.is_unticked && !self.context.is_shown(self.physical.number)
    }

    /// Tells whether this is the first line of the message.
    pub fn is_subject(&self) -> bool {
        matches!(self.place, Place::Message) && self.physical.number == 1
    }

    fn place(&self) -> String {
        match self.place {
            Place::Message => format!("line {}", self.physical.number),
            Place::Header(name) => format!("header {name}"),
            Place::Note(number) => format!("note {number}"),
        }
    }
}

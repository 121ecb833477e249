//! What several events come to: each subject once, and in one order for all processes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::columns::{JOB, key, text};
use crate::forge::Subject;

/// Events about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The job's key.
    pub key: [u8; 32],
    /// The subject.
    pub subject: String,
    /// How many events.
    pub events: i64,
    /// The earliest, in microseconds.
    pub at: i64,
}

/// Events about subjects, gathered.
#[derive(Debug, Default)]
pub struct Arrivals(BTreeMap<[u8; 32], Arrival>);

impl Arrivals {
    /// Adds an event about subjects.
    pub fn add(&mut self, at: Timestamp, subjects: &[Subject]) {
        let at = at.as_microsecond();
        for subject in subjects {
            let subject = text(&subject.to_string()).into_owned();
            let key = key(&[JOB, &subject]);
            let arrival = self.0.entry(key).or_insert(Arrival { key, subject, events: 0, at });
            arrival.events += 1;
            arrival.at = arrival.at.min(at);
        }
    }

    /// Returns them in the order of their keys: whoever locks rows does so in this order, so that no
    /// two wait for each other.
    pub fn sorted(self) -> Vec<Arrival> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_arrives_once_with_all_its_events() {
        let [early, late] = [5, 9].map(|second| Timestamp::from_second(second).unwrap());
        let mut arrivals = Arrivals::default();
        arrivals.add(late, &[Subject::Installation(1), Subject::Installation(2)]);
        arrivals.add(early, &[Subject::Installation(1)]);
        let sorted = arrivals.sorted();
        assert!(sorted.is_sorted_by_key(|arrival| arrival.key));
        let first = sorted.iter().find(|arrival| arrival.subject == "installation/1").unwrap();
        assert_eq!((first.events, first.at), (2, early.as_microsecond()));
        assert_eq!(sorted.len(), 2);
    }
}

//! Several requirements, each person for one of them at most: how many places stay empty?
//!
//! The decision asks this about who has signed and who still could, the loader about who holds a
//! role at all. Nothing here knows what a sign-off is.

use std::collections::BTreeMap;

/// Seats people so that as many places as can be are taken, nobody on two; returns how many places
/// stay empty at each requirement. Earlier requirements are served first.
///
/// `needs` says how many places there are, `able` who may take them, both by requirement.
///
/// More people can never leave more places empty: this is a largest matching (Kuhn's algorithm).
pub fn empty_seats(needs: &[u32], able: &[Vec<&str>]) -> Vec<usize> {
    let mut seating = Seating { able, taken: BTreeMap::new(), asked: Vec::new() };
    let one = |(number, need): (usize, &u32)| {
        let mut empty = *need as usize;
        while empty > 0 {
            seating.asked = vec![false; able.len()];
            if !seating.seat(number) {
                break;
            }
            empty -= 1;
        }
        empty
    };
    needs.iter().enumerate().map(one).collect()
}

struct Seating<'a> {
    able: &'a [Vec<&'a str>],
    /// Who sits at which requirement.
    taken: BTreeMap<&'a str, usize>,
    /// Which requirements were asked to give somebody up in this round.
    asked: Vec<bool>,
}

impl<'a> Seating<'a> {
    /// Finds one more person for a requirement, where somebody may change places for it.
    fn seat(&mut self, number: usize) -> bool {
        if let Some(asked) = self.asked.get_mut(number) {
            *asked = true;
        }
        let able: &'a [&'a str] = self.able.get(number).map_or(&[], Vec::as_slice);
        if let Some(free) = able.iter().find(|person| !self.taken.contains_key(**person)) {
            self.taken.insert(free, number);
            return true;
        }
        for person in able {
            let Some(other) = self.taken.get(person).copied() else { continue };
            if self.asked.get(other) == Some(&false) && self.seat(other) {
                self.taken.insert(person, number);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_sits_on_two_places() {
        assert_eq!(empty_seats(&[1, 1], &[vec!["eve"], vec!["eve"]]), [0, 1]);
        assert_eq!(empty_seats(&[1, 1], &[vec!["dana", "eve"], vec!["eve"]]), [0, 0]);
        // Whoever came first moves on.
        assert_eq!(empty_seats(&[1, 1], &[vec!["eve", "grace"], vec!["eve"]]), [0, 0]);
        assert_eq!(empty_seats(&[2, 1], &[vec!["a", "b", "c"], vec!["a"]]), [0, 0]);
        assert_eq!(empty_seats(&[2, 2], &[vec!["a", "b", "c"], vec!["a", "b", "c"]]), [0, 1]);
        assert_eq!(empty_seats(&[u32::MAX], &[vec!["a"]]), [u32::MAX as usize - 1]);
        assert_eq!(empty_seats(&[], &[]), [0_usize; 0]);
    }

    #[test]
    fn a_chain_of_changes_is_found_and_no_seating_is_better() {
        // Every way to give three requirements subsets of three people, against all seatings.
        let people = ["a", "b", "c"];
        let subset = |bits: usize| -> Vec<&str> {
            people.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, p)| *p).collect()
        };
        for bits in 0..512_usize {
            let able = [subset(bits & 7), subset(bits >> 3 & 7), subset(bits >> 6)];
            let empty: usize = empty_seats(&[1, 1, 1], &able).iter().sum();
            let mut best = 3;
            // A seating gives each requirement nobody or one person.
            for choice in 0..64_usize {
                let picks: Vec<Option<&str>> = (0..3)
                    .map(|i| people.get(choice >> (2 * i) & 3).copied().filter(|p| able[i].contains(p)))
                    .collect();
                let seated: Vec<&str> = picks.into_iter().flatten().collect();
                let distinct: std::collections::BTreeSet<_> = seated.iter().collect();
                if distinct.len() == seated.len() {
                    best = best.min(3 - seated.len());
                }
            }
            assert_eq!(empty, best, "{able:?}");
        }
    }
}

//! Recording in groups: one transaction, one signature and one sync for everything that waits.
//!
//! Whatever happens, the outcome is that of doing one piece of work after the other. Work that fails spoils
//! its transaction; so what came before it is done again without it, and it is done again by itself: then
//! it fails by its own fault, or not at all.

use super::super::error::LedgerError;
use super::super::ledger::{Answer, Work};

/// After how many failures one after the other, each of a piece of work by itself and by the database's
/// fault as it looks, the rest is not tried.
const PATIENCE: u32 = 2;

/// Why a group was not recorded.
#[derive(Debug)]
pub(super) enum Failed {
    /// The work at this place failed: nothing of the group is recorded.
    Work(usize, LedgerError),
    /// Something else failed: nothing of the group is recorded.
    Group(LedgerError),
    /// It is recorded, and what has to follow failed. Nobody may rely on it.
    Afterwards(LedgerError),
}

/// Does work in groups that are recorded as a whole or not at all; returns an answer for each piece.
pub(super) fn run(
    works: &mut [Work<'_>],
    mut record: impl FnMut(&mut [Work<'_>]) -> Result<(), Failed>,
) -> Vec<Answer<()>> {
    let mut answers: Vec<Answer<()>> = Vec::with_capacity(works.len());
    // How many are tried together next.
    let mut most = works.len();
    let mut failures = 0;
    while answers.len() < works.len() {
        let Some(rest) = works.get_mut(answers.len()..) else { break };
        let size = most.clamp(1, rest.len());
        let Some(group) = rest.get_mut(..size) else { break };
        match record(group) {
            Ok(()) => {
                answers.extend(std::iter::repeat_n(Ok(()), size));
                (most, failures) = (works.len(), 0);
            }
            Err(Failed::Afterwards(why)) => answers.extend(std::iter::repeat_n(Err(why), size)),
            Err(Failed::Work(_, why) | Failed::Group(why)) if concerns_all(&why) => {
                answers.resize(works.len(), Err(why));
            }
            // What came before it is recorded first.
            Err(Failed::Work(at, _)) if at > 0 => most = at,
            // Nobody can tell whose fault it is.
            Err(Failed::Group(_)) if size > 1 => most = size / 2,
            // It is its own fault: nothing stands before it but what is committed.
            Err(Failed::Work(_, why) | Failed::Group(why)) => {
                failures = if may_concern_all(&why) { failures + 1 } else { 0 };
                answers.push(Err(why.clone()));
                most = works.len();
                if failures >= PATIENCE {
                    answers.resize(works.len(), Err(why));
                }
            }
        }
    }
    answers
}

/// Tells whether an error has nothing to do with what was to be recorded.
fn concerns_all(error: &LedgerError) -> bool {
    matches!(
        error,
        LedgerError::Busy
            | LedgerError::Missing(_)
            | LedgerError::ReadOnly(_)
            | LedgerError::Schema { .. }
            | LedgerError::Memory(_)
            | LedgerError::NoKey
    )
}

/// Tells whether an error may be the database's.
fn may_concern_all(error: &LedgerError) -> bool {
    matches!(error, LedgerError::Storage(_) | LedgerError::Corrupt(_) | LedgerError::Full | LedgerError::Tampered(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is recorded, with what the test does to it.
    #[derive(Default)]
    struct Pages {
        committed: Vec<usize>,
        transactions: u32,
    }

    /// Runs so many pieces of work; `verdict` says what becomes of a group, given by the numbers in it.
    fn run_with(count: usize, verdict: impl Fn(&[usize], &Pages) -> Result<(), Failed>) -> (Vec<Answer<()>>, Pages) {
        let mut pages = Pages::default();
        let mut works: Vec<Work<'_>> =
            (0..count).map(|_| Box::new(|_: &mut dyn crate::audit::ledger::Ledger| Ok(())) as Work<'_>).collect();
        let first = works.as_ptr() as usize;
        let answers = run(&mut works, |group| {
            pages.transactions += 1;
            let start = (group.as_ptr() as usize - first) / size_of::<Work<'_>>();
            let numbers: Vec<usize> = (start..start + group.len()).collect();
            verdict(&numbers, &pages)?;
            pages.committed.extend(numbers);
            Ok(())
        });
        (answers, pages)
    }

    fn taken() -> LedgerError {
        LedgerError::OverrideTaken { id: "x".to_owned(), by: 0 }
    }

    #[test]
    fn bad_work_fails_alone_and_the_rest_is_recorded_in_order() {
        for bad in [vec![0], vec![3], vec![7], vec![0, 1, 2], vec![2, 5], (0..8).collect()] {
            let (answers, pages) = run_with(8, |group, _| match group.iter().position(|one| bad.contains(one)) {
                Some(at) => Err(Failed::Work(at, taken())),
                None => Ok(()),
            });
            let good: Vec<usize> = (0..8).filter(|one| !bad.contains(one)).collect();
            assert_eq!(pages.committed, good, "{bad:?}");
            for (place, answer) in answers.iter().enumerate() {
                assert_eq!(*answer, if bad.contains(&place) { Err(taken()) } else { Ok(()) });
            }
            assert!(pages.transactions as usize <= 3 * bad.len() + 1, "{bad:?}: {}", pages.transactions);
        }
    }

    #[test]
    fn work_that_fails_only_at_the_commit_is_found_by_halves() {
        let why = || LedgerError::Corrupt("a row".to_owned());
        let (answers, pages) = run_with(16, |group, _| match group.contains(&5) {
            true => Err(Failed::Group(why())),
            false => Ok(()),
        });
        assert_eq!(pages.committed, (0..16).filter(|one| *one != 5).collect::<Vec<_>>());
        assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 1);
        assert_eq!(answers[5], Err(why()));
    }

    #[test]
    fn work_is_judged_by_what_is_committed_and_not_by_what_is_not() {
        // The second is in the way of the third only as long as the second is there.
        let (answers, pages) = run_with(3, |group, pages| {
            let second = pages.committed.contains(&1) || group.contains(&1);
            match group.iter().position(|one| *one == 2 && second) {
                Some(at) => Err(Failed::Work(at, taken())),
                None => Ok(()),
            }
        });
        assert_eq!(pages.committed, [0, 1]);
        assert_eq!(answers, [Ok(()), Ok(()), Err(taken())]);
    }

    #[test]
    fn a_database_that_is_gone_is_not_asked_for_each() {
        for why in [LedgerError::Storage("gone".to_owned()), LedgerError::Busy, LedgerError::Full] {
            let (answers, pages) = run_with(64, |_, _| Err(Failed::Group(why.clone())));
            assert!(answers.iter().all(|answer| *answer == Err(why.clone())));
            assert_eq!(answers.len(), 64);
            assert!(pages.transactions <= 16, "{}", pages.transactions);
        }
    }
}

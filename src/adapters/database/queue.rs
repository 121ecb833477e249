//! A queue that async code fills and threads empty.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue of work. Whoever fills it bounds it.
pub struct Queue<W> {
    state: Mutex<State<W>>,
    changed: Condvar,
}

struct State<W> {
    work: VecDeque<W>,
    closed: bool,
}

/// What waiting for work came to.
pub enum Next<W> {
    /// There is some.
    Work(Vec<W>),
    /// There was none for so long.
    Idle,
    /// There will be none.
    Closed,
}

impl<W> Default for Queue<W> {
    fn default() -> Self {
        let state = State { work: VecDeque::new(), closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl<W> Queue<W> {
    /// Adds work; drops it when the queue is closed.
    pub fn push(&self, work: W) {
        let mut state = self.lock();
        if !state.closed {
            state.work.push_back(work);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// Takes no more work, and lets the threads end when there is none left.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits for work, `patience` long, and takes up to `most` of it.
    pub fn take(&self, most: usize, patience: Duration) -> Next<W> {
        let state = self.lock();
        let waited = self.changed.wait_timeout_while(state, patience, |state| state.work.is_empty() && !state.closed);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.work.is_empty() {
            return if state.closed { Next::Closed } else { Next::Idle };
        }
        let most = most.clamp(1, state.work.len());
        Next::Work(state.work.drain(..most).collect())
    }

    fn lock(&self) -> MutexGuard<'_, State<W>> {
        // Nothing panics while it is locked, and what is in it is whole at any time.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_taken_in_order_and_a_closed_queue_ends_empty() {
        let queue = Queue::default();
        (0..5).for_each(|number| queue.push(number));
        assert!(matches!(queue.take(3, Duration::ZERO), Next::Work(work) if work == [0, 1, 2]));
        queue.close();
        queue.push(9);
        assert!(matches!(queue.take(3, Duration::MAX), Next::Work(work) if work == [3, 4]));
        assert!(matches!(queue.take(3, Duration::MAX), Next::Closed));
        assert!(matches!(Queue::<u8>::default().take(1, Duration::ZERO), Next::Idle));
    }
}

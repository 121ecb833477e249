//! How everything that runs learns that it has to end.

use tokio::sync::watch;

/// Shows whether the service is to end. Cheap to clone; everything that loops holds one.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Asks everything that holds its [`Stop`] to end.
#[derive(Debug)]
pub struct StopSwitch(watch::Sender<bool>);

/// Returns a switch and what it switches.
#[must_use]
pub fn stop_switch() -> (StopSwitch, Stop) {
    let (sender, receiver) = watch::channel(false);
    (StopSwitch(sender), Stop(receiver))
}

impl StopSwitch {
    /// Asks everything to end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Tells whether the end was asked for: from now on take no new work.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the end is asked for. A switch that is gone means the same.
    pub async fn requested(&self) {
        let _ = self.0.clone().wait_for(|stop| *stop).await;
    }
}

//! The signals by which an operating system asks a service to end.

use std::io;

use tokio::sync::mpsc::{Receiver, channel};

/// Returns a place where each SIGTERM and SIGINT arrives, from now on instead of ending the process.
///
/// # Errors
/// When the system does not let a process listen to signals.
#[cfg(unix)]
pub fn signals() -> io::Result<Receiver<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (sender, receiver) = channel(4);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if sender.send(()).await.is_err() {
                break;
            }
        }
    });
    Ok(receiver)
}

/// Returns a place where each Ctrl-C arrives, from now on instead of ending the process.
///
/// # Errors
/// Never here.
#[cfg(not(unix))]
pub fn signals() -> io::Result<Receiver<()>> {
    let (sender, receiver) = channel(4);
    tokio::spawn(async move { while tokio::signal::ctrl_c().await.is_ok() && sender.send(()).await.is_ok() {} });
    Ok(receiver)
}

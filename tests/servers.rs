//! The gate on real servers: sshd with git-shell, git-http-backend behind a web server, gitolite; and, by the
//! variables that they set, on those that cannot be run here.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and start what people start"
)]

mod ports;
mod push_rig;
mod servers_rig;

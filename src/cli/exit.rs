//! The exit codes, which scripts and git rely on (every one but 0 makes a hook refuse).

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: permitted, or done.
    Permitted,
    /// 1: refused; or a hole, tampering or a failed policy test was found.
    Refused,
    /// 2: the command line is wrong.
    Usage,
    /// 3: the policy is invalid or unreadable.
    PolicyInvalid,
    /// 4: it could not be determined: input, output, or a bug.
    Undetermined,
}

impl Exit {
    /// Returns the number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Permitted => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::PolicyInvalid => 3,
            Self::Undetermined => 4,
        }
    }
}

/// A word on the command line that cannot mean anything: ends with [`Exit::Usage`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// A policy that is not there or cannot be read: ends with [`Exit::PolicyInvalid`].
#[derive(Debug, thiserror::Error)]
#[error("reading the policy {0}")]
pub struct NoPolicy(pub String);

impl From<&anyhow::Error> for Exit {
    fn from(error: &anyhow::Error) -> Self {
        match error {
            _ if error.downcast_ref::<Usage>().is_some() => Self::Usage,
            _ if error.downcast_ref::<NoPolicy>().is_some() => Self::PolicyInvalid,
            _ => Self::Undetermined,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

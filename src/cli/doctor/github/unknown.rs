//! What could not be read, and which permission would have let it be read.

use crate::forge::ForgeError;
use crate::render::checkup::Finding;

/// Returns the finding that something could not be read.
pub(super) fn unread(code: &'static str, what: &str, error: &ForgeError, permission: &str) -> Finding {
    let repair = match error {
        ForgeError::Forbidden(_) | ForgeError::NotFound(_) | ForgeError::NotInstalled(_) => {
            format!("look with a token, or an App, that has {permission}")
        }
        ForgeError::Limited { .. } | ForgeError::Unavailable(_) => "look again later".to_owned(),
        ForgeError::Unreadable(_) | ForgeError::Rejected(_) => "look at it in the repository's settings".to_owned(),
    };
    Finding::unknown(code, format!("{what} cannot be read: {}", said(error)), repair)
}

/// Returns what GitHub said. The error's own words speak of an app, and it may have been somebody's token.
fn said(error: &ForgeError) -> String {
    match error {
        ForgeError::Forbidden(said) | ForgeError::NotFound(said) | ForgeError::NotInstalled(said) => {
            format!("GitHub answered {said}")
        }
        other => other.to_string(),
    }
}

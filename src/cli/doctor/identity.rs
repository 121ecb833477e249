//! Who pushes must come from the server for each push, and never be there beforehand.

use std::ffi::OsStr;

use super::findings::Findings;
use super::site::Site;
use crate::cli::Shell;
use crate::model::terminal_safe;
use crate::render::checkup::{Finding, run};

/// Variables by which a process hands its own settings to every git that it starts; see git(1) and
/// git-config(1), "ENVIRONMENT".
const SETTINGS: [&str; 2] = ["GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"];

pub(super) fn check(site: &Site, shell: &Shell<'_>, findings: &mut Findings) {
    let Ok(settings) = &site.settings else { return };
    let (variable, _) = settings.server.variable();
    match shell.variable(variable).filter(|value| !value.is_empty()) {
        Some(value) => findings.push(Finding::hole(
            "identity-fixed",
            format!("{variable} is {} here: whoever comes to git without a name pushes as that", terminal_safe(value)),
            run(format!("unset {variable}")),
        )),
        None => findings.push(Finding::well("identity", format!("{variable} is not set beforehand"))),
    }
    for name in SETTINGS.iter().filter(|name| shell.environment.contains_key(OsStr::new(name))) {
        findings.push(Finding::hole(
            "settings-from-outside",
            format!("{name} is set here: it can switch the hooks off for every git that is started"),
            run(format!("unset {name}")),
        ));
    }
}

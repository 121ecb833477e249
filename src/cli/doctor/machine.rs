//! The machine below the gate: git and the clock.

use jiff::Timestamp;

use super::findings::Findings;
use super::site::Site;
use crate::render::checkup::{Finding, run};

/// The oldest git that is supported, and the oldest one with everything that is used.
const OLDEST: (u32, u32) = (2, 39);
const COMPLETE: (u32, u32) = (2, 41);

/// 2025-01-01T00:00:00Z: no clock that is set says less.
const EARLIEST: i64 = 1_735_689_600;

pub(super) fn check(site: &Site, now: Timestamp, findings: &mut Findings) {
    if now.as_second() < EARLIEST {
        findings.push(Finding::hole(
            "clock",
            format!("the clock says {now}"),
            "set the clock, and keep it set (NTP): sign-offs and overrides run out by it",
        ));
    } else {
        findings.push(Finding::well("clock", "the clock is set"));
    }
    let text = site.git(&["version"]).map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    findings.push(git_version(text.as_deref().unwrap_or_default()));
}

fn git_version(text: &str) -> Finding {
    match version(text) {
        Some(found) if found < OLDEST => Finding::hole(
            "git-version",
            format!("{text} is older than 2.39: git's own merges cannot be told from altered ones"),
            "install git 2.39 or newer",
        ),
        Some(found) if found < COMPLETE => Finding::remark(
            "git-version",
            format!("{text} is older than 2.41: merges are compared in a repository of their own, which is slower"),
            "install git 2.41 or newer",
        ),
        Some(_) => Finding::well("git-version", text.to_owned()),
        None => Finding::hole("git-version", "git does not say its version", run("git version")),
    }
}

/// Reads `git version 2.47.3`, whatever a vendor adds.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("git version ")?.split(['.', ' ', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::checkup::Weight;

    #[test]
    fn old_versions_are_told() {
        for (text, weight) in [
            ("git version 2.47.3", Weight::Well),
            ("git version 2.39.5 (Apple Git-154)", Weight::Remark),
            ("git version 2.30.2", Weight::Hole),
            ("git version 3.0-rc1", Weight::Well),
            ("", Weight::Hole),
        ] {
            assert_eq!(git_version(text).weight, weight, "{text}");
        }
        assert_eq!(version("git version 3.0.rc1"), Some((3, 0)));
    }
}

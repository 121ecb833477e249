//! Who carries a permit out: the process that asked the hook, told apart from any later process of
//! the same number.
//!
//! While it lives, the push that it serves may still land. See proc(5), `/proc/PID/stat`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// The variable in which a chained hook file passes on the process that runs it.
pub const VARIABLE: &str = "COUNTERSIGN_HOLDER";

/// Returns the holder of a permit that is given now: the process that runs the hook.
#[must_use]
pub fn current(environment: &BTreeMap<OsString, OsString>) -> Option<String> {
    let passed = environment.get(OsStr::new(VARIABLE)).and_then(|text| text.to_str()?.parse::<u32>().ok());
    let process = passed.or_else(parent)?;
    Some(format!("{process}@{}", start(process)?))
}

/// What stands behind the holder of a permit that the `update` hook gave: see [`of_update`].
const UPDATE: &str = "@update";

/// Marks the holder of a permit that the `update` hook gave itself. Only a permit of `pre-receive`
/// stands for a later hook of the same push: where a process that lives long runs the hooks of many
/// pushes, a permit of an earlier push must not stand for a later one.
#[must_use]
pub fn of_update(holder: &str) -> String {
    format!("{holder}{UPDATE}")
}

/// Tells whether the holder may still be at work. Where that cannot be told it may.
#[must_use]
pub fn may_run(holder: Option<&str>) -> bool {
    let Some((process, started)) = holder.and_then(|holder| holder.split_once('@')) else { return true };
    let Ok(process) = process.parse::<u32>() else { return true };
    if !std::path::Path::new("/proc/self/stat").exists() {
        return true;
    }
    let started = started.strip_suffix(UPDATE).unwrap_or(started);
    start(process).is_some_and(|start| start == started)
}

#[cfg(unix)]
fn parent() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
fn parent() -> Option<u32> {
    None
}

/// Returns when a process started, in words that no other process of this boot shares with it.
fn start(process: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything, so fields are counted from behind it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    // A dead process that nobody has waited for yet still has an entry.
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    let ticks = fields.nth(18)?;
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(format!("{ticks}@{}", boot.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_living_process_holds_and_a_dead_one_does_not() {
        let holder = current(&BTreeMap::new()).unwrap();
        assert!(may_run(Some(&holder)));
        assert!(may_run(Some(&of_update(&holder))));
        assert!(!may_run(Some(&of_update("4194305@1@boot"))));
        let (process, started) = holder.split_once('@').unwrap();
        assert!(!may_run(Some(&format!("{process}@1{started}"))));
        assert!(!may_run(Some("4194305@1@boot")));
    }

    #[test]
    fn what_cannot_be_told_may_run() {
        assert!(may_run(None));
        assert!(may_run(Some("nonsense")));
    }
}

//! Settings of git's receiving side that a gate counts on.

use super::permissions::quoted;
use super::site::Site;
use crate::render::checkup::{Finding, run};

/// The refs that nobody but the gate writes or needs to see.
const HIDDEN: [&str; 2] = ["refs/countersign/archive", "refs/countersign/verdicts"];

pub(super) fn check(site: &Site, findings: &mut Vec<Finding>) {
    if site.settings.is_err() {
        return;
    }
    let config = quoted(&site.common_dir().join("config"));
    let is = |name: &str, words: &[&str]| {
        site.setting(name).ok().flatten().is_some_and(|value| words.contains(&value.as_str()))
    };
    let mut remarks = Vec::new();
    if !is("receive.fsckObjects", &["true", "yes", "on", "1"])
        && !is("transfer.fsckObjects", &["true", "yes", "on", "1"])
    {
        remarks.push(Finding::remark(
            "fsck-objects",
            "git takes malformed objects in: receive.fsckObjects is not set",
            run(format!("git config --file {config} receive.fsckObjects true")),
        ));
    }
    if is("receive.shallowUpdate", &["true", "yes", "on", "1"]) {
        remarks.push(Finding::hole(
            "shallow-update",
            "a push may bring history that is cut off: receive.shallowUpdate is set",
            run(format!("git config --file {config} receive.shallowUpdate false")),
        ));
    }
    let hidden = site.configured(r"^(transfer|receive)\.hiderefs$").unwrap_or_default();
    for name in HIDDEN {
        if !hidden.iter().any(|setting| setting.value == name) {
            remarks.push(Finding::remark(
                "ref-not-hidden",
                format!("{name} is shown to clients"),
                run(format!("git config --file {config} --add transfer.hideRefs {name}")),
            ));
        }
    }
    for setting in site.configured(r"^(receive\.procreceiverefs|receive\.fsck\..*)$").unwrap_or_default() {
        let file = setting.origin.strip_prefix("file:").unwrap_or(&setting.origin).to_owned();
        if setting.name == "receive.procreceiverefs" {
            remarks.push(Finding::remark(
                "proc-receive",
                format!("the hook proc-receive moves refs of its own for pushes to {}", setting.value),
                format!(
                    "look at it, or: git config --file {} --unset-all receive.procReceiveRefs",
                    quoted(file.as_ref())
                ),
            ));
        } else if ["ignore", "warn"].contains(&setting.value.to_lowercase().as_str()) {
            remarks.push(Finding::remark(
                "fsck-ignored",
                format!("git overlooks {} in pushed objects", setting.name.trim_start_matches("receive.fsck.")),
                run(format!("git config --file {} --unset-all {}", quoted(file.as_ref()), setting.name)),
            ));
        }
    }
    if remarks.is_empty() {
        remarks.push(Finding::well(
            "receive",
            "git refuses malformed objects and cut-off history, and hides the gate's refs",
        ));
    }
    findings.append(&mut remarks);
}

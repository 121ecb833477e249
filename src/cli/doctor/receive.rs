//! Settings of git's receiving side that a gate counts on.

use std::path::Path;

use super::findings::{Findings, Fix};
use super::permissions::quoted_text;
use super::site::{Configured, Site};
use crate::cli::install::hidden_as;
use crate::hook::pusher::ServerKind;
use crate::render::checkup::{Finding, run};

/// The refs that nobody but the gate writes or needs to see.
const HIDDEN: [&str; 2] = ["refs/countersign/archive", "refs/countersign/verdicts"];

/// What git takes for true; see git-config(1), "Values".
const TRUE: [&str; 4] = ["true", "yes", "on", "1"];

pub(super) fn check(site: &Site, findings: &mut Findings) {
    let Ok(settings) = &site.settings else { return };
    let config = site.common_dir().join("config");
    let mut own = Findings::default();
    // The narrower setting wins where both are there.
    let checks = value(site, "receive.fsckObjects").or_else(|| value(site, "transfer.fsckObjects"));
    if !checks.is_some_and(|value| TRUE.contains(&value.as_str())) {
        own.remark(
            "fsck-objects",
            "git takes malformed objects in: receive.fsckObjects is not set",
            Fix::config(&config, &["receive.fsckObjects", "true"]),
        );
    }
    if value(site, "receive.shallowUpdate").is_some_and(|value| TRUE.contains(&value.as_str())) {
        own.hole(
            "shallow-update",
            "a push may bring history that is cut off: receive.shallowUpdate is set",
            Fix::config(&config, &["receive.shallowUpdate", "false"]),
        );
    }
    hidden(site, &config, &mut own);
    for setting in site.configured(r"^(receive\.procreceiverefs|receive\.fsck\..*)$").unwrap_or_default() {
        other(&setting, &mut own);
    }
    if settings.server == ServerKind::Http
        && value(site, "http.receivepack").is_some_and(|v| TRUE.contains(&v.as_str()))
    {
        own.push(Finding::remark(
            "anonymous-push",
            "git lets people push by HTTP who have not logged in: http.receivepack is set",
            run(format!("git config --file {} --unset-all http.receivepack", quoted_text(&config.to_string_lossy()))),
        ));
    }
    if own.is_empty() {
        own.push(Finding::well(
            "receive",
            "git refuses malformed objects and cut-off history, and hides the gate's refs",
        ));
    }
    findings.append(own);
}

fn value(site: &Site, name: &str) -> Option<String> {
    site.setting(name).ok().flatten()
}

fn hidden(site: &Site, config: &Path, findings: &mut Findings) {
    let hidden = site.configured(r"^(transfer|receive)\.hiderefs$").unwrap_or_default();
    for name in HIDDEN {
        if !hidden.iter().any(|setting| setting.value.strip_prefix('^').unwrap_or(&setting.value) == name) {
            let pattern = hidden_as(name, &site.repository);
            let fix = Fix::config(config, &["--add", "transfer.hideRefs", &pattern]);
            findings.remark("ref-not-hidden", format!("{name} is shown to clients"), fix);
        }
    }
    // See `hidden_as`.
    let is_plain = |setting: &Configured| !setting.value.starts_with(['^', '!']);
    if !site.repository.keeps_refs_in_files() && !hidden.is_empty() && hidden.iter().all(is_plain) {
        let [name, _] = HIDDEN;
        let fix = Fix::config(config, &["--add", "transfer.hideRefs", &hidden_as(name, &site.repository)]);
        let message = "git 2.47 may leave other refs out of what it shows: this is a reftable, and all that hides refs \
                       are plain patterns";
        findings.remark("refs-unseen", message, fix);
    }
}

/// Settings that may have a reason, but open something.
fn other(setting: &Configured, findings: &mut Findings) {
    let file = quoted_text(&setting.file());
    if setting.name == "receive.procreceiverefs" {
        findings.push(Finding::remark(
            "proc-receive",
            format!("the hook proc-receive moves refs of its own for pushes to {}", setting.value),
            format!("look at it, or: git config --file {file} --unset-all receive.procReceiveRefs"),
        ));
        return;
    }
    let what = setting.name.trim_start_matches("receive.fsck.");
    let message = match setting.value.to_lowercase().as_str() {
        "ignore" | "warn" => format!("git overlooks {what} in pushed objects"),
        _ if what == "skiplist" => format!("git looks at no pushed object that {} lists", setting.value),
        _ => return,
    };
    let command = format!("git config --file {file} --unset-all {}", quoted_text(&setting.name));
    findings.push(Finding::remark("fsck-ignored", message, run(command)));
}

//! Settings, policy, key and ledger: whether the gate can judge and record, and who could change them.

use jiff::{SignedDuration, Timestamp};

use super::findings::{Findings, Fix};
use super::permissions::{self, owned_by_others, quoted, writable_by_others};
use super::site::Site;
use super::teams;
use crate::adapters::gate_guard::memory_path;
use crate::adapters::gate_key_file::{self, GateKeyFileError};
use crate::audit::answer::{Filter, overdue};
use crate::audit::ledger::{Inspect as _, Ledger as _};
use crate::cli::people::check_people;
use crate::hook::gate::{GateError, open_ledger};
use crate::hook::policy_in_force::{self, PolicyInForce};
use crate::hook::settings::Settings;
use crate::render::checkup::{Finding, Repair, run};
use crate::render::text::counted;

pub(super) fn check(site: &Site, now: Timestamp, findings: &mut Findings) {
    let settings = match &site.settings {
        Ok(settings) => settings,
        Err(why) => {
            let repair =
                format!("countersign install {} --policy FILE --repository NAME", quoted(site.repository.git_dir()));
            findings.push(Finding::hole("settings", format!("no gate is installed here: {why}"), run(repair)));
            return;
        }
    };
    findings.push(Finding::well("settings", format!("the settings are there, for {}", settings.repository)));
    own_files(site, settings, findings);
    let policy = policy(site, settings, now, findings);
    key(settings, findings);
    ledger(site, settings, policy.as_ref(), now, findings);
}

/// Who could change the files that decide.
fn own_files(site: &Site, settings: &Settings, findings: &mut Findings) {
    let config = site.common_dir().join("config");
    let hooks = site.common_dir().join("hooks");
    let mut places = vec![("config-writable", config), ("hooks-writable", hooks)];
    places.extend(settings.policy_file.clone().map(|path| ("policy-writable", path)));
    places.push(("ledger-writable", settings.ledger.clone()));
    places.push(("key-writable", settings.key.clone()));
    places.push(("checkpoint-writable", memory_path(&settings.key)));
    let mut told = Vec::new();
    let mut owned: Vec<Finding> = Vec::new();
    for (code, path) in places {
        if let Some(open) = writable_by_others(&path) {
            // One folder may lie above several of them.
            if !told.contains(&open) {
                open.tell(code, findings);
                told.push(open);
            }
        }
        owned.extend(owned_by_others(&path, site.common_dir()).filter(|finding| !owned.contains(finding)));
    }
    let refs =
        ["", "refs", "refs/heads", "packed-refs", "reftable", "objects"].map(|name| site.common_dir().join(name));
    match refs.iter().filter(|path| path.exists()).find_map(|path| permissions::writable_itself(path)) {
        Some(open) if !told.contains(&open) => open.tell("refs-writable", findings),
        Some(_) => {}
        None => findings.push(Finding::well("refs-writable", "only their owner can change refs without a push")),
    }
    if told.is_empty() && owned.is_empty() {
        findings.push(Finding::well("permissions", "nobody else can change settings, policy, key or ledger"));
    }
    findings.extend(owned);
}

fn policy(site: &Site, settings: &Settings, now: Timestamp, findings: &mut Findings) -> Option<PolicyInForce> {
    let in_force = match policy_in_force::read(settings, &site.repository) {
        Ok(in_force) => in_force,
        Err(why) => {
            let repair = match &settings.policy_file {
                Some(path) => run(format!("countersign policy check {}", quoted(path))),
                None => Repair::from("repair the policy at its ref; until then every push is refused"),
            };
            findings.push(Finding::hole("policy", format!("every push is refused: {why}"), repair));
            return None;
        }
    };
    let policy = &in_force.policy;
    findings.push(Finding::well("policy", format!("the policy loads: {}", counted(policy.gates.len(), "gate"))));
    if !policy.gates.iter().any(|gate| !gate.refs.is_empty()) {
        findings.push(Finding::hole("no-gate", "no gate names a ref: every push passes", "name `refs` in a gate"));
    } else if let Some(branch) = default_branch(site)
        && !policy.gates.iter().any(|gate| gate.refs.iter().any(|glob| glob.matches_ref(&branch)))
    {
        findings.push(Finding::remark(
            "default-branch-open",
            format!("no gate names the default branch, {branch}"),
            "name it under `refs` in a gate, if it is to be protected",
        ));
    }
    let warnings = in_force.file.as_ref().map(|file| file.warnings.as_slice()).unwrap_or_default();
    findings.extend(check_people(policy, warnings, now));
    findings.extend(teams::check(policy));
    Some(in_force)
}

fn default_branch(site: &Site) -> Option<String> {
    let output = site.git(&["symbolic-ref", "--quiet", "HEAD"]).ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

fn key(settings: &Settings, findings: &mut Findings) {
    match gate_key_file::load(&settings.key) {
        Ok(_) => findings.push(Finding::well("gate-key", "the gate's key is for its owner alone")),
        Err(GateKeyFileError::Permissions { mode, .. }) => findings.hole(
            "gate-key",
            format!(
                "others may read or change the gate's key (mode {mode:04o}), so it is not used: pushes are refused"
            ),
            Fix::mode(0o600, &settings.key),
        ),
        Err(error) => findings.push(Finding::hole(
            "gate-key",
            format!("pushes are refused: {error}"),
            "restore it from a backup: a new key cannot continue this ledger",
        )),
    }
}

fn ledger(site: &Site, settings: &Settings, policy: Option<&PolicyInForce>, now: Timestamp, findings: &mut Findings) {
    let mut ledger = match open_ledger(settings) {
        Ok(ledger) => ledger,
        // Told already.
        Err(GateError::Key(_)) => return,
        Err(why) => {
            findings.push(Finding::hole(
                "ledger",
                format!("nothing can be recorded, so pushes are refused: {why}"),
                run(format!("ls -l {}", quoted(&settings.ledger))),
            ));
            return;
        }
    };
    let head = match ledger.head() {
        Ok(head) => head,
        Err(why) => {
            findings.push(Finding::hole("ledger", why.to_string(), run("countersign audit verify")));
            return;
        }
    };
    let count = counted(usize::try_from(head.size).unwrap_or(usize::MAX), "record");
    findings.push(Finding::well("ledger", format!("the ledger opens and continues what was signed: {count}")));
    let newest = Filter { newest_first: true, limit: Some(1), ..Filter::default() };
    if let Ok(entries) = ledger.entries(&newest)
        && let Some(last) = entries.first()
        && last.entry.at > now + SignedDuration::from_mins(5)
    {
        findings.push(Finding::hole(
            "clock",
            format!("the clock says {now}, but the last record is of {}", last.entry.at),
            "set the clock, and keep it set (NTP): sign-offs and overrides run out by it",
        ));
    }
    if let Some(policy) = policy {
        super::drift::check(site, settings, policy, &mut ledger, findings);
    }
    let (Ok(uses), Some(policy)) = (ledger.unreviewed(&settings.repository), policy) else { return };
    let within = SignedDuration::from_secs(policy.policy.overrides.review_within);
    let late = overdue(&uses, now, within);
    if !late.is_empty() {
        findings.push(Finding::remark(
            "review-overdue",
            format!(
                "{} wait for a review that is overdue: overrides by {}",
                counted(uses.len(), "override"),
                late.join(", ")
            ),
            run("countersign audit review"),
        ));
    }
}

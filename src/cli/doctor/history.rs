//! What makes people see another history than the one that is judged, and names that stand for others.

use super::findings::Findings;
use super::permissions::quoted;
use super::site::Site;
use crate::adapters::git::Obscurity;
use crate::hook::policy_in_force;
use crate::model::{Target, git_quote};
use crate::render::checkup::{Finding, run};
use crate::render::command;

pub(super) fn check(site: &Site, findings: &mut Findings) {
    match site.repository.obscured() {
        Ok(found) if found.is_empty() => {
            findings.push(Finding::well("history", "no graft, shallow boundary or replaced object hides history"));
        }
        Ok(found) => findings.extend(found.iter().map(|obscurity| obscured(site, obscurity))),
        Err(why) => findings.push(Finding::hole("history", format!("the refs cannot be read: {why}"), run("git fsck"))),
    }
    symbolic(site, findings);
}

fn obscured(site: &Site, obscurity: &Obscurity) -> Finding {
    let git = format!("git -C {}", quoted(site.repository.git_dir()));
    let repair = match obscurity {
        Obscurity::Grafts(file) => format!("rm {}", quoted(file)),
        Obscurity::Shallow(_) => format!("{git} fetch --unshallow"),
        Obscurity::Replaced(_) => format!("{git} replace -l | xargs {git} replace -d"),
    };
    let message = format!("pushes are refused as `history-obscured`, because of {obscurity}");
    Finding::hole("history", message, run(repair))
}

/// A symbolic ref is a second name, under which a gated ref could be moved.
fn symbolic(site: &Site, findings: &mut Findings) {
    let Ok(settings) = &site.settings else { return };
    let (Ok(policy), Ok(refs)) = (policy_in_force::read(settings, &site.repository), site.repository.refs(b"refs/"))
    else {
        return;
    };
    let gated = |name: &str| policy.policy.gates.iter().any(|gate| gate.refs.iter().any(|glob| glob.matches_ref(name)));
    let mut any = false;
    for reference in &refs {
        let Some(target) = &reference.symbolic else { continue };
        if gated(&Target::from_ref_bytes(target).to_string()) {
            any = true;
            let shown = git_quote(&reference.name);
            let message =
                format!("{shown} is another name of {}: pushes to it are refused as `ref-shadowed`", git_quote(target));
            let place = quoted(site.repository.git_dir());
            // What cannot be typed is left to people.
            let name = std::str::from_utf8(&reference.name).ok().filter(|name| shown == *name).map(command::quote);
            let name = name.as_deref().unwrap_or("NAME");
            findings.push(Finding::remark(
                "symbolic-ref",
                message,
                run(format!("git -C {place} symbolic-ref --delete {name}")),
            ));
        }
    }
    if !any {
        findings.push(Finding::well("symbolic-ref", "no gated ref has a second name"));
    }
}

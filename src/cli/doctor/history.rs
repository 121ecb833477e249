//! What makes people see another history than the one that is judged, and names that stand for others.

use super::findings::Findings;
use super::permissions::quoted;
use super::site::Site;
use crate::adapters::git::Obscurity;
use crate::hook::policy_in_force;
use crate::model::git_quote;
use crate::render::checkup::{Finding, run};

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
        let (name, target) = (git_quote(&reference.name), git_quote(target));
        if gated(&target) {
            any = true;
            findings.push(Finding::remark(
                "symbolic-ref",
                format!("{name} is another name of {target}: pushes to it are refused as `ref-shadowed`"),
                run(format!("git -C {} symbolic-ref --delete {name}", quoted(site.repository.git_dir()))),
            ));
        }
    }
    if !any {
        findings.push(Finding::well("symbolic-ref", "no gated ref has a second name"));
    }
}

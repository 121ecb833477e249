//! Where a repository borrows objects from: whoever can write there can change what people read here.
//!
//! See gitrepository-layout(5), `objects/info/alternates`.

use std::path::{Path, PathBuf};

use super::findings::Findings;
use super::permissions::{quoted, writable_itself};
use super::site::Site;
use crate::render::checkup::{Finding, run};

/// How far borrowing is followed; git's own limit.
const DEPTH: usize = 5;

pub(super) fn check(site: &Site, findings: &mut Findings) {
    let mut seen = Vec::new();
    let mut own = Findings::default();
    follow(&site.common_dir().join("objects"), DEPTH, &mut seen, &mut own);
    if own.is_empty() && !seen.is_empty() {
        own.push(Finding::well("alternates", "only their owner can change the objects that are borrowed"));
    }
    findings.append(own);
}

fn follow(objects: &Path, depth: usize, seen: &mut Vec<PathBuf>, findings: &mut Findings) {
    let file = objects.join("info/alternates");
    let Ok(text) = std::fs::read_to_string(&file) else { return };
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let place = objects.join(line);
        let Ok(real) = place.canonicalize() else {
            findings.push(Finding::remark(
                "alternate-missing",
                format!("objects are borrowed from {}, which is not there", place.display()),
                run(format!("git -C {} fsck --connectivity-only", quoted(objects.parent().unwrap_or(objects)))),
            ));
            continue;
        };
        if seen.contains(&real) {
            continue;
        }
        if let Some(open) = writable_itself(&real) {
            open.tell("alternate-writable", findings);
        }
        seen.push(real.clone());
        if depth > 0 {
            follow(&real, depth - 1, seen, findings);
        }
    }
}

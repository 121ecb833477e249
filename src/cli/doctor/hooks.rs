//! Whether git calls the hooks, and whether they are ours.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::permissions;
use super::site::{Configured, Site};
use crate::hook::files::{EARLIER, SERVER_HOOKS, UPDATE_HOOK, is_executable, is_ours, text};
use crate::render::checkup::{Finding, Repair, run};

/// What no git sends: a hook that works refuses it before it records anything.
const CANARY: &[u8] = b"not a ref update\n";

pub(super) fn check(site: &Site, findings: &mut Vec<Finding>) {
    switched_off(site, findings);
    let hooks = site.common_dir().join("hooks");
    for (name, template) in SERVER_HOOKS {
        findings.push(file(site, &hooks, name, template));
    }
    if hooks.join(UPDATE_HOOK.0).symlink_metadata().is_ok_and(|_| is_ours_at(&hooks.join(UPDATE_HOOK.0))) {
        findings.push(file(site, &hooks, UPDATE_HOOK.0, UPDATE_HOOK.1));
    }
    canary(site, &hooks.join("pre-receive"), findings);
}

/// Configuration that makes git look elsewhere for hooks, or skip them.
fn switched_off(site: &Site, findings: &mut Vec<Finding>) {
    let found = match site.configured(r"^(core\.hookspath|hook\..*\.enabled)$") {
        Ok(found) => found,
        Err(why) => {
            findings.push(Finding::hole(
                "config-unreadable",
                format!("git's configuration cannot be read: {why}"),
                run("git config --list --show-origin"),
            ));
            return;
        }
    };
    let hooks = site.common_dir().join("hooks");
    let mut is_well = true;
    for setting in found {
        let Configured { scope, origin, name, value } = &setting;
        let file = origin.strip_prefix("file:").unwrap_or(origin);
        if name == "core.hookspath" {
            let is_here = same_place(&site.common_dir().join(value), &hooks);
            if !is_here {
                is_well = false;
                findings.push(Finding::hole(
                    "hooks-path",
                    format!("git looks for hooks in {value}: core.hooksPath is set in {file}"),
                    run(format!("git config {} --unset-all core.hooksPath", location(scope, file))),
                ));
            }
        } else if ["false", "no", "off", "0"].contains(&value.to_lowercase().as_str()) {
            is_well = false;
            findings.push(Finding::hole(
                "hook-disabled",
                format!("a hook is switched off: {name} = {value} in {file}"),
                run(format!("git config {} --unset-all {name}", location(scope, file))),
            ));
        }
    }
    if is_well {
        findings.push(Finding::well("hooks-path", "no configuration keeps git from calling the hooks"));
    }
}

/// Returns the option of `git config` that writes where a value stands.
fn location(scope: &str, file: &str) -> String {
    match scope {
        "system" | "global" => format!("--{scope}"),
        _ => format!("--file {}", permissions::quoted(Path::new(file))),
    }
}

fn same_place(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}

fn is_ours_at(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| is_ours(&text))
}

/// Looks at one hook file: there, ours, as it was written, and its program runs.
fn file(site: &Site, hooks: &Path, name: &'static str, template: &str) -> Finding {
    let path = hooks.join(name);
    let reinstall = reinstall(site);
    let hole = |message: String| Finding::hole("hook-file", message, reinstall.clone());
    let found = match std::fs::read_to_string(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return hole(format!("the hook {name} is missing"));
        }
        Err(error) => return hole(format!("the hook {name} cannot be read: {error}")),
    };
    if !is_ours(&found) {
        return hole(format!("the hook {name} is another program's"));
    }
    if !is_executable(&path) {
        let repair = run(format!("chmod 0755 {}", permissions::quoted(&path)));
        return Finding::hole(
            "hook-file",
            format!("the hook {name} is not executable, so git does not call it"),
            repair,
        );
    }
    let Some(program) = program(&found) else { return hole(format!("the hook {name} names no program")) };
    let chained = hooks.join(format!("{name}{EARLIER}")).symlink_metadata().is_ok();
    if found != text(template, &program, chained) {
        return hole(format!("the hook {name} is not as `install` writes it"));
    }
    if !is_executable(&program) {
        return hole(format!("the hook {name} calls {}, which is missing or not executable", program.display()));
    }
    match permissions::writable_by_others(&program).or_else(|| permissions::writable_by_others(&path)) {
        Some(open) => open.finding("hook-program"),
        None => Finding::well("hook-file", format!("the hook {name} is as `install` writes it")),
    }
}

/// Returns the program that a hook file calls: the value of its first assignment.
fn program(found: &str) -> Option<PathBuf> {
    let line = found.lines().find_map(|line| line.strip_prefix("countersign="))?;
    let quoted = line.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    Some(PathBuf::from(quoted.replace("'\\''", "'")))
}

/// Returns the command that writes the hooks again.
fn reinstall(site: &Site) -> Repair {
    let repository = permissions::quoted(site.repository.git_dir());
    match &site.settings {
        Ok(settings) => {
            let policy = settings.policy_file.as_deref().map(|path| format!(" --policy {}", permissions::quoted(path)));
            let at = settings.policy_ref.as_ref().map(|(name, path)| format!(" --policy-ref {name}:{path}"));
            let places = format!("{}{}", policy.unwrap_or_default(), at.unwrap_or_default());
            run(format!("countersign install {repository}{places} --repository {}", settings.repository))
        }
        Err(_) => run(format!("countersign install {repository} --policy FILE --repository NAME")),
    }
}

/// Runs the hook on something that it must refuse.
fn canary(site: &Site, hook: &Path, findings: &mut Vec<Finding>) {
    if !is_executable(hook) || !is_ours_at(hook) {
        return;
    }
    let begun = Instant::now();
    match site.run_hook(hook, CANARY) {
        Ok(output) if output.is_success() => findings.push(Finding::hole(
            "canary",
            "the pre-receive hook lets pass what it cannot read",
            reinstall(site),
        )),
        Ok(output) if String::from_utf8_lossy(&output.stderr).contains("countersign") => {
            let took = begun.elapsed().as_millis();
            findings.push(Finding::well("canary", format!("the pre-receive hook refused a canary in {took} ms")));
        }
        Ok(output) => findings.push(Finding::hole(
            "canary",
            format!("the pre-receive hook fails before the gate speaks: {}", output.complaint()),
            reinstall(site),
        )),
        Err(why) => findings.push(Finding::hole(
            "canary",
            format!("the pre-receive hook cannot be run: {why}"),
            reinstall(site),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_read_from_what_install_writes() {
        for path in ["/usr/bin/countersign", "/srv/it's here/countersign"] {
            let written = text(SERVER_HOOKS[0].1, Path::new(path), false);
            assert_eq!(program(&written).as_deref(), Some(Path::new(path)));
        }
        assert_eq!(program("#!/bin/sh\nexit 0\n"), None);
    }
}

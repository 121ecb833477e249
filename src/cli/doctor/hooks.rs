//! Whether git calls the hooks, and whether they are ours.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::findings::{Findings, Fix};
use super::permissions::{self, quoted};
use super::site::{Configured, Site};
use super::strangers;
use crate::hook::files::{EARLIER, SERVER_HOOKS, UPDATE_HOOK, WATCH_HOOK, is_executable, is_ours, place_of, text};
use crate::hook::pusher::ServerKind;
use crate::render::checkup::{Finding, Weight, run};

/// The events that the gate's own files answer.
const OURS: [&str; 2] = ["pre-receive", "update"];

/// What no git sends: a hook that works refuses it before it records anything.
const CANARY: &[u8] = b"not a ref update\n";

pub(super) fn check(site: &Site, findings: &mut Findings) {
    switched_off(site, findings);
    for (name, template) in SERVER_HOOKS {
        file(site, name, template, findings);
        earlier(site, name, findings);
    }
    for (name, template) in [UPDATE_HOOK, WATCH_HOOK] {
        if is_ours_at(&place(site, name)) {
            file(site, name, template, findings);
            earlier(site, name, findings);
        }
    }
    if site.settings.is_err() || findings.has(Weight::Hole) {
        return;
    }
    match strangers::may_choose_what_runs(site) {
        None => unreadable_push(site, &place(site, "pre-receive"), findings),
        Some(why) => findings.push(Finding::unknown(
            "canary",
            format!("the gate was not tried out: {why}"),
            "run this as the user that git runs as, such as: sudo -u git countersign doctor",
        )),
    }
}

/// Returns where the server looks for a hook.
pub(super) fn place(site: &Site, name: &str) -> PathBuf {
    let server = site.settings.as_ref().map_or(ServerKind::Plain, |settings| settings.server);
    let (folder, file) = place_of(site.common_dir(), server, name);
    folder.join(file)
}

/// Returns where the hook lies that stood there before the gate.
pub(super) fn place_of_earlier(site: &Site, name: &str) -> PathBuf {
    let mut path = place(site, name).into_os_string();
    path.push(EARLIER);
    path.into()
}

/// Configuration that makes git look elsewhere for hooks, skip them, or run others with them.
fn switched_off(site: &Site, findings: &mut Findings) {
    let found = match site.configured(r"^(core\.hookspath|hook\..*\.(enabled|event))$") {
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
        let value = setting.value.to_lowercase();
        let is_off = ["false", "no", "off", "0"].contains(&value.as_str());
        let file = &setting.file();
        if setting.name == "core.hookspath" && !same_place(&site.common_dir().join(&setting.value), &hooks) {
            is_well = false;
            let message = format!("git looks for hooks in {}: core.hooksPath is set in {file}", setting.value);
            unset(site, &setting, "hooks-path", message, findings);
        } else if setting.name.ends_with(".enabled") && is_off {
            is_well = false;
            let message = format!("a hook is switched off: {} = {} in {file}", setting.name, setting.value);
            unset(site, &setting, "hook-disabled", message, findings);
        } else if setting.name.ends_with(".event") && OURS.contains(&value.as_str()) {
            let message = format!("git 2.54 and newer run a hook of another before ours: {} = {value}", setting.name);
            let repair = format!("git config {} --unset-all {}", location(&setting), word(&setting.name));
            findings.push(Finding::remark("hook-beside", format!("{message} in {file}"), run(repair)));
        }
    }
    if is_well {
        findings.push(Finding::well("hooks-path", "no configuration keeps git from calling the hooks"));
    }
}

/// A setting that has to go. What other repositories share is left to people.
fn unset(site: &Site, setting: &Configured, code: &'static str, message: String, findings: &mut Findings) {
    let own = site.common_dir().join("config");
    // As the manual writes it.
    let name = if setting.name == "core.hookspath" { "core.hooksPath" } else { &setting.name };
    if setting.scope == "local" && same_place(Path::new(&setting.file()), &own) {
        findings.hole(code, message, Fix::config(&own, &["--unset-all", name]));
    } else {
        let repair = format!("git config {} --unset-all {}", location(setting), word(name));
        findings.push(Finding::hole(code, message, run(repair)));
    }
}

/// Returns the option of `git config` that writes where a value stands.
fn location(setting: &Configured) -> String {
    match setting.scope.as_str() {
        "system" | "global" => format!("--{}", setting.scope),
        _ => format!("--file {}", word(&setting.file())),
    }
}

fn word(text: &str) -> String {
    permissions::quoted_text(text)
}

fn same_place(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}

fn is_ours_at(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| is_ours(&text))
}

/// Looks at one hook file: there, ours, as it was written, and its program runs.
fn file(site: &Site, name: &'static str, template: &str, findings: &mut Findings) {
    let path = place(site, name);
    let found = match std::fs::read_to_string(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return place_again(site, format!("the hook {name} is missing"), findings);
        }
        Err(error) => return place_again(site, format!("the hook {name} cannot be read: {error}"), findings),
    };
    if !is_ours(&found) {
        return place_again(site, format!("the hook {name} is another program's"), findings);
    }
    if !is_executable(&path) {
        let message = format!("the hook {name} is not executable, so git does not call it");
        return findings.hole("hook-file", message, Fix::mode(0o755, &path));
    }
    let Some(program) = program(&found) else {
        return place_again(site, format!("the hook {name} names no program"), findings);
    };
    let chained = place_of_earlier(site, name).symlink_metadata().is_ok();
    if found != text(template, &program, chained) {
        return place_again(site, format!("the hook {name} is not as `install` writes it"), findings);
    }
    if !is_executable(&program) {
        let what = format!("the hook {name} calls {}, which is missing or not executable", program.display());
        return place_again(site, what, findings);
    }
    match permissions::writable_by_others(&program).or_else(|| permissions::writable_by_others(&path)) {
        Some(open) => open.tell("hook-program", findings),
        None => findings.push(Finding::well("hook-file", format!("the hook {name} is as `install` writes it"))),
    }
}

/// Looks at the hook that stood there before the gate, and runs after it.
fn earlier(site: &Site, name: &str, findings: &mut Findings) {
    let path = place_of_earlier(site, name);
    if path.symlink_metadata().is_err() {
        return;
    }
    if !is_executable(&path) {
        let message = format!("every push is refused: the {name} hook of before the gate is not executable");
        findings.push(Finding::hole("earlier-hook", message, run(format!("chmod 0755 {}", quoted(&path)))));
    } else if let Some(open) = permissions::writable_by_others(&path) {
        open.tell("earlier-hook", findings);
    }
}

/// A hole that installing again closes. Without settings nobody knows what to install.
fn place_again(site: &Site, message: String, findings: &mut Findings) {
    match &site.settings {
        Ok(_) => findings.hole("hook-file", message, reinstall(site)),
        Err(_) => {
            let repository = quoted(site.repository.git_dir());
            let command = format!("countersign install {repository} --policy FILE --repository NAME");
            findings.push(Finding::hole("hook-file", message, run(command)));
        }
    }
}

/// Returns the program that a hook file calls: the value of its first assignment.
pub(super) fn program(found: &str) -> Option<PathBuf> {
    let line = found.lines().find_map(|line| line.strip_prefix("countersign="))?;
    let quoted = line.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    Some(PathBuf::from(quoted.replace("'\\''", "'")))
}

/// Returns the command that installs once more what the settings say.
pub(super) fn reinstall(site: &Site) -> Fix {
    let mut words: Vec<OsString> = ["countersign", "install"].map(Into::into).into();
    words.push(site.repository.git_dir().into());
    let Ok(settings) = &site.settings else { return Fix { words } };
    if let Some(policy) = &settings.policy_file {
        words.extend(["--policy".into(), policy.into()]);
    }
    if let Some((name, path)) = &settings.policy_ref {
        words.extend(["--policy-ref".into(), format!("{name}:{path}").into()]);
    }
    words.extend(["--repository".into(), settings.repository.clone().into()]);
    // What is pinned stays: a repair must not change who says who pushes, or begin another ledger.
    if settings.server != ServerKind::Plain {
        words.extend(["--server".into(), settings.server.to_string().into()]);
    }
    let own = site.repository.git_dir().join("countersign");
    if settings.ledger != own.join("ledger.sqlite") {
        words.extend(["--ledger".into(), settings.ledger.clone().into()]);
    }
    if settings.ledger.parent().is_none_or(|parent| settings.key != parent.join("gate.key")) {
        words.extend(["--gate-key".into(), settings.key.clone().into()]);
    }
    for ((name, _), option) in [(UPDATE_HOOK, "--update-hook"), (WATCH_HOOK, "--watch-refs")] {
        if is_ours_at(&place(site, name)) {
            words.push(option.into());
        }
    }
    Fix { words }
}

/// Runs the hook on something that it must refuse.
fn unreadable_push(site: &Site, hook: &Path, findings: &mut Findings) {
    if !is_executable(hook) || !is_ours_at(hook) {
        return;
    }
    let begun = Instant::now();
    let message = match site.run_hook(hook, CANARY) {
        Ok(output) if output.is_success() => "the pre-receive hook lets pass what it cannot read".to_owned(),
        Ok(output) if String::from_utf8_lossy(&output.stderr).contains("countersign") => {
            let took = begun.elapsed().as_millis();
            findings.push(Finding::well("canary", format!("the pre-receive hook refused nonsense in {took} ms")));
            return;
        }
        Ok(output) => format!("the pre-receive hook fails before the gate speaks: {}", output.complaint()),
        Err(why) => format!("the pre-receive hook cannot be run: {why}"),
    };
    findings.push(Finding::hole("canary", message, run(reinstall(site).text())));
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

//! A real push of an agent's commit to a gated ref, which must be refused.
//!
//! It goes to a copy of the installation: the repository's settings and hook file, its objects borrowed, a
//! ledger and a key of the copy's own. So nothing of it stays, and the real ledger never hears of it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use jiff::Timestamp;

use super::findings::Findings;
use super::hooks;
use super::site::Site;
use super::strangers;
use crate::adapters::gate_guard::guard;
use crate::adapters::git::Hash;
use crate::adapters::process::{self, Call, Output};
use crate::adapters::sqlite::{SqliteOptions, SqliteStorage};
use crate::adapters::{gate_key_file, git_config};
use crate::audit::book::Book;
use crate::audit::ledger::Ledger as _;
use crate::audit::request::Adoption;
use crate::hook::files::EARLIER;
use crate::hook::policy_in_force;
use crate::hook::settings::Settings;
use crate::model::{Authorship, Oid, Target};
use crate::policy::{Gate, Policy};
use crate::render::checkup::{Finding, Weight};

/// What the canary changes.
const PATH: &str = "countersign-canary";

/// The canary's own words: an agent's, and nobody's whom a policy knows.
const MESSAGE: &str = "Canary: this must be refused\n\nCo-authored-by: Kiro <kiro@amazon.com>\n";

pub(super) fn check(site: &Site, now: Timestamp, findings: &mut Findings) {
    // A hole that is told already says more than a canary that flies through it.
    let Ok(settings) = &site.settings else { return };
    if findings.has(Weight::Hole) || strangers::may_choose_what_runs(site).is_some() {
        return;
    }
    let Ok(in_force) = policy_in_force::read(settings, &site.repository) else { return };
    let Some((gate, target)) = target(site, &in_force.policy) else {
        findings.push(Finding::remark(
            "canary-without-gate",
            "no gate asks for a sign-off of every change by an agent, so no canary can tell whether it works",
            "nothing to do if that is meant; else add a gate with `when: { authorship-at-least: assisted }`",
        ));
        return;
    };
    let canary = Canary { site, settings, policy: &in_force.policy, gate: gate.to_owned(), target, now };
    let begun = Instant::now();
    findings.push(match canary.fly() {
        Ok(Flight::Refused) => Finding::well(
            "canary",
            format!(
                "a push of an agent's commit to {} was refused in a copy, in {} ms",
                canary.target,
                begun.elapsed().as_millis()
            ),
        ),
        Ok(Flight::Landed) => Finding::hole(
            "canary",
            format!("a push of an agent's commit without a sign-off landed on {} in a copy", canary.target),
            "countersign policy explain FILE says what is asked for; else another program answers for the gate",
        ),
        Ok(Flight::Lost(why)) => Finding::hole(
            "canary",
            format!("a push to {} in a copy failed, and not by the gate's word: {why}", canary.target),
            "run the push that fails by hand, as the user that git runs as",
        ),
        Err(why) => Finding::unknown(
            "canary",
            format!("no canary could be sent: {why:#}"),
            "make room for a temporary folder (TMPDIR), and run this as the user that git runs as",
        ),
    });
}

/// Returns a gate that must refuse an agent's change without a sign-off, and a ref of it.
fn target<'p>(site: &Site, policy: &'p Policy) -> Option<(&'p str, String)> {
    let refs = site.repository.refs(b"refs/heads/").unwrap_or_default();
    let places: Vec<String> = refs
        .iter()
        .filter(|found| found.symbolic.is_none())
        .map(|found| Target::from_ref_bytes(&found.name).to_string())
        .filter(|name| !name.contains('\\'))
        .collect();
    policy.gates.iter().filter(|gate| asks_always(gate)).find_map(|gate| {
        let names = |name: &str| gate.refs.iter().any(|glob| glob.matches_ref(name));
        let there = places.iter().find(|name| names(name)).cloned();
        let made = || gate.refs.iter().flat_map(|glob| glob.alternatives()).map(|pattern| filled(&pattern));
        let new = || made().find(|name| names(name) && name.starts_with("refs/heads/"));
        Some((gate.name.as_str(), there.or_else(new)?))
    })
}

/// Tells whether a gate asks for people whenever an agent changes [`PATH`].
fn asks_always(gate: &Gate) -> bool {
    let paths = gate.when.paths.as_ref();
    !gate.require.is_empty()
        && !gate.when.destructive
        && gate.when.authorship_at_least.is_none_or(|least| least <= Authorship::Agent)
        && paths.is_none_or(|globs| globs.iter().any(|glob| glob.matches_path(PATH)))
}

/// Returns a name that a pattern without braces matches.
fn filled(pattern: &str) -> String {
    pattern.replace("**", "canary").replace('*', "canary").replace('?', "c")
}

/// How it ended.
enum Flight {
    Refused,
    Landed,
    Lost(String),
}

struct Canary<'s> {
    site: &'s Site,
    settings: &'s Settings,
    policy: &'s Policy,
    gate: String,
    target: String,
    now: Timestamp,
}

impl Canary<'_> {
    fn fly(&self) -> Result<Flight> {
        let place = tempfile::Builder::new().prefix("countersign-canary-").tempdir_in(self.site.temporary())?;
        let (server, clone) = (place.path().join("gate.git"), place.path().join("clone.git"));
        self.copy(&server)?;
        self.init(&clone)?;
        let commit = self.commit(&clone)?;
        let push = ["push", "-q", &path_text(&server)?, &format!("{commit}:{}", self.target)].map(OsString::from);
        let output = self.call(&clone, &push, Vec::new())?;
        let landed = self.call(&server, &["rev-parse", "--verify", "-q", &self.target].map(Into::into), Vec::new())?;
        if String::from_utf8_lossy(&landed.stdout).trim() == commit {
            return Ok(Flight::Landed);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        // The gate names what it refuses by codes in brackets.
        let by_gate = said.contains("[sign-off-missing]") || said.contains(&format!("\"{}\"", self.gate));
        Ok(if by_gate { Flight::Refused } else { Flight::Lost(output.complaint()) })
    }

    /// Makes the copy of the installation.
    fn copy(&self, server: &Path) -> Result<()> {
        self.init(server)?;
        let config = server.join("config");
        fs::copy(self.site.common_dir().join("config"), &config).context("copying the settings")?;
        git_config::set(&config, "core.bare", "true")?;
        git_config::unset(&config, "core.worktree")?;
        let own = Settings {
            ledger: server.join("canary/ledger.sqlite"),
            key: server.join("canary/gate.key"),
            ..self.settings.clone()
        };
        for (name, value) in own.to_config() {
            match value {
                Some(value) => git_config::set(&config, name, &value)?,
                None => git_config::unset(&config, name)?,
            }
        }
        let mut baseline = Vec::new();
        let policy_ref = self.settings.policy_ref.as_ref().map(|(name, _)| name.as_str());
        for name in std::iter::once(self.target.as_str()).chain(policy_ref) {
            let Some(tip) = self.site.repository.read_ref(name.as_bytes())? else { continue };
            self.git(server, &["update-ref", name, &tip.to_string()], Vec::new())?;
            baseline.push((name.to_owned(), self.site.repository.commit_of(tip)?));
        }
        self.hooks(server)?;
        self.ledger(&own, server, &baseline)
    }

    /// Copies the hook that judges. What ran before the gate came is not run for a canary.
    fn hooks(&self, server: &Path) -> Result<()> {
        let (from, to) = (hooks::place(self.site, "pre-receive"), server.join("hooks/pre-receive"));
        fs::create_dir_all(server.join("hooks"))?;
        fs::copy(&from, &to).context("copying the hook")?;
        if hooks::place_of_earlier(self.site, "pre-receive").symlink_metadata().is_ok() {
            let stand_in = server.join(format!("hooks/pre-receive{EARLIER}"));
            fs::write(&stand_in, "#!/bin/sh\nexit 0\n")?;
            fs::set_permissions(&stand_in, fs::metadata(&to)?.permissions())?;
        }
        Ok(())
    }

    fn ledger(&self, own: &Settings, server: &Path, baseline: &[(String, Oid)]) -> Result<()> {
        fs::create_dir_all(server.join("canary"))?;
        let key = gate_key_file::create(&own.key, "countersign canary")?;
        let storage = SqliteStorage::establish(&SqliteOptions::at(&own.ledger))?;
        let mut book = Book::establish(storage, guard(key, &own.key))?;
        let digest = self.policy.digest.to_string();
        book.adopt(&Adoption {
            at: self.now,
            repository: &own.repository,
            identity: &server.to_string_lossy(),
            policy: Some(&digest),
            baseline,
            again: false,
        })?;
        Ok(())
    }

    /// Makes a bare repository of the same format that borrows the objects of the real one.
    fn init(&self, place: &Path) -> Result<()> {
        let hash = self.site.repository.hash();
        let mut arguments: Vec<OsString> = ["init", "-q", "--bare", "--template="].map(Into::into).into();
        if hash == Hash::Sha256 {
            arguments.push("--object-format=sha256".into());
        }
        if !self.site.repository.keeps_refs_in_files() {
            arguments.push("--ref-format=reftable".into());
        }
        arguments.push(place.into());
        self.site.plain_git(&arguments)?;
        let objects = self.site.common_dir().join("objects");
        fs::create_dir_all(place.join("objects/info"))?;
        fs::write(place.join("objects/info/alternates"), format!("{}\n", path_text(&objects)?))?;
        Ok(())
    }

    /// Makes the canary: the ref's tip with one more file.
    fn commit(&self, clone: &Path) -> Result<String> {
        let tip = self.site.repository.read_ref(self.target.as_bytes())?;
        let tip = tip.map(|tip| self.site.repository.commit_of(tip)).transpose()?;
        let blob = self.git(clone, &["hash-object", "-w", "--stdin"], b"canary\n".to_vec())?;
        let mut entries = match tip {
            Some(tip) => self.run(clone, &["ls-tree", "-z", &tip.to_string()], Vec::new())?,
            None => Vec::new(),
        };
        entries.extend(format!("100644 blob {blob}\t{PATH}\0").into_bytes());
        let tree = self.git(clone, &["mktree", "-z", "--missing"], entries)?;
        let parent = tip.map(|tip| tip.to_string());
        let mut arguments = vec!["commit-tree", &tree, "-F", "-"];
        arguments.extend(parent.iter().flat_map(|parent| ["-p", parent.as_str()]));
        self.git(clone, &arguments, MESSAGE.as_bytes().to_vec())
    }

    /// Runs git and returns the one line that it prints.
    fn git(&self, repository: &Path, arguments: &[&str], input: Vec<u8>) -> Result<String> {
        Ok(String::from_utf8(self.run(repository, arguments, input)?)?.trim().to_owned())
    }

    fn run(&self, repository: &Path, arguments: &[&str], input: Vec<u8>) -> Result<Vec<u8>> {
        let words: Vec<OsString> = arguments.iter().map(Into::into).collect();
        let output = self.call(repository, &words, input)?;
        if !output.is_success() {
            bail!("git {}: {}", arguments.first().unwrap_or(&""), output.complaint());
        }
        Ok(output.stdout)
    }

    fn call(&self, repository: &Path, arguments: &[OsString], input: Vec<u8>) -> Result<Output> {
        let mut environment = self.site.environment_for(repository);
        for role in ["AUTHOR", "COMMITTER"] {
            environment.push((format!("GIT_{role}_NAME").into(), "countersign canary".into()));
            environment.push((format!("GIT_{role}_EMAIL").into(), "canary@countersign.invalid".into()));
        }
        let (variable, provider) = self.settings.server.variable();
        let login = self.login(provider).unwrap_or("countersign-canary");
        environment.push((variable.into(), login.into()));
        let program = self.site.git_program().to_owned();
        Ok(process::run(&Call { program, arguments: arguments.to_vec(), environment, input, ..Call::default() })?)
    }

    /// Returns an account that may push as far as anybody may.
    fn login(&self, provider: &str) -> Option<&str> {
        let accounts = self.policy.people.values().flat_map(|person| &person.accounts);
        accounts.map(|(account, _)| account).find(|one| one.provider == provider).map(|one| one.login.as_str())
    }
}

fn path_text(path: &Path) -> Result<String> {
    let text = path.to_str().filter(|text| !text.contains('\n'));
    Ok(text.ok_or_else(|| anyhow!("{} is no text", path.display()))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::glob::Glob;

    #[test]
    fn a_pattern_gives_a_name_that_it_matches() {
        for pattern in ["refs/heads/main", "refs/heads/release/**", "refs/heads/*-stable", "refs/heads/v?"] {
            assert!(Glob::new(pattern).unwrap().matches_ref(&filled(pattern)), "{pattern}");
        }
    }
}

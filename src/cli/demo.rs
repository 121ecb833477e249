//! `countersign demo`: the whole story in six steps, with real git and real signatures.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::{Exit, Shell};
use crate::adapters::process::{self, Call, Limits, Output, find_program};

/// See the gate at work: real pushes into a real repository, in a few seconds
///
/// Makes a bare repository with the gate installed and a clone, pushes a human's commit, an
/// agent's, a self-signed one, one that a senior signed and one that a release manager overrode,
/// and shows and verifies the ledger. Everything stays in the folder, to be explored.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder; it must be new or empty [default: a new temporary one]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// How long one step may take.
const STEP: Duration = Duration::from_secs(60);

/// The people of the story: id, name.
const CAST: [(&str, &str); 3] = [("ada", "Ada Byron"), ("grace", "Grace Hopper"), ("dana", "Dana Scully")];

/// A time at which the story's commits are made; it is the same in every run.
const DATE: &str = "2026-01-05T09:00:00Z";

/// Runs the command.
///
/// # Errors
/// When a step cannot be run at all.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let folder = folder(args, shell)?;
    let stage = Stage::new(folder, shell)?;
    stage.set_up()?;
    let mut story = Story { stage: &stage, shell, number: 0, as_told: true };
    story.tell()?;
    let as_told = story.as_told;
    ending(&stage, shell)?;
    Ok(if as_told { Exit::Permitted } else { Exit::Undetermined })
}

fn folder(args: &Args, shell: &Shell<'_>) -> Result<PathBuf> {
    match &args.dir {
        None => Ok(tempfile::Builder::new().prefix("countersign-demo-").tempdir()?.keep()),
        Some(dir) => {
            let dir = shell.directory.join(dir);
            std::fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
            if std::fs::read_dir(&dir)?.next().is_some() {
                bail!("{} is not empty; name a new folder", dir.display());
            }
            Ok(dir.canonicalize()?)
        }
    }
}

/// The folder with everything in it, and the programs that act in it.
struct Stage {
    folder: PathBuf,
    git: PathBuf,
    keygen: PathBuf,
    gate: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl Stage {
    fn new(folder: PathBuf, shell: &Shell<'_>) -> Result<Self> {
        let path = shell.environment.get(&OsString::from("PATH")).cloned().unwrap_or_default();
        let home = folder.join("home");
        std::fs::create_dir_all(&home)?;
        let own = [
            ("PATH", path.clone()),
            ("HOME", home.into_os_string()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
            ("GIT_TERMINAL_PROMPT", "0".into()),
            ("GIT_AUTHOR_DATE", DATE.into()),
            ("GIT_COMMITTER_DATE", DATE.into()),
            ("LC_ALL", "C".into()),
        ];
        Ok(Self {
            git: find_program("git", &path)?,
            keygen: find_program("ssh-keygen", &path)?,
            gate: std::env::current_exe().context("finding the path of this program")?,
            variables: own.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            folder,
        })
    }

    fn server(&self) -> PathBuf {
        self.folder.join("shop.git")
    }

    fn clone_of(&self, person: &str) -> PathBuf {
        self.folder.join(person)
    }

    fn key(&self, person: &str) -> PathBuf {
        self.folder.join("keys").join(person)
    }

    fn policy(&self) -> PathBuf {
        self.folder.join("policy.yaml")
    }

    /// Runs a program as somebody, and returns what it printed.
    fn call(&self, program: &Path, person: &str, directory: &Path, arguments: &[&str]) -> Result<Output> {
        let mut environment = self.variables.clone();
        let name = CAST.iter().find(|(id, _)| *id == person).map_or(person, |(_, name)| name);
        for role in ["AUTHOR", "COMMITTER"] {
            environment.push((format!("GIT_{role}_NAME").into(), name.into()));
            environment.push((format!("GIT_{role}_EMAIL").into(), format!("{person}@example.com").into()));
        }
        // On a real server a forced command or the web server says who pushes.
        environment.push(("COUNTERSIGN_USER".into(), person.into()));
        Ok(process::run(&Call {
            program: program.to_owned(),
            arguments: arguments.iter().map(Into::into).collect(),
            environment,
            directory: Some(directory.to_owned()),
            limits: Limits { time: STEP, ..Limits::default() },
            ..Call::default()
        })?)
    }

    fn must(&self, program: &Path, person: &str, directory: &Path, arguments: &[&str]) -> Result<Output> {
        let output = self.call(program, person, directory, arguments)?;
        if output.is_success() {
            return Ok(output);
        }
        Err(anyhow!("`{}` failed: {}", arguments.join(" "), output.complaint()))
    }

    /// Makes keys, policy, repository, gate and clones.
    fn set_up(&self) -> Result<()> {
        std::fs::create_dir_all(self.folder.join("keys"))?;
        for (person, _) in CAST {
            let key = self.key(person);
            let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", person, "-f", &key.to_string_lossy()];
            self.must(&self.keygen, person, &self.folder, &arguments)?;
        }
        std::fs::write(self.policy(), self.policy_text()?)?;
        let server = self.server();
        let server_text = server.to_string_lossy().into_owned();
        self.must(&self.git, "ada", &self.folder, &["init", "-q", "--bare", "-b", "main", &server_text])?;
        let ada = self.clone_of("ada");
        self.must(&self.git, "ada", &self.folder, &["clone", "-q", &server_text, &ada.to_string_lossy()])?;
        self.must(&self.git, "ada", &ada, &["checkout", "-q", "-B", "main"])?;
        self.commit("shop.txt", "open from nine to five\n", "Open the shop")?;
        self.must(&self.git, "ada", &ada, &["push", "-q", "origin", "main"])?;
        let policy = self.policy();
        let install =
            ["--quiet", "install", &server_text, "--policy", &policy.to_string_lossy(), "--repository", "acme/shop"];
        self.must(&self.gate, "ada", &self.folder, &install)?;
        self.must(&self.git, "ada", &ada, &["config", "countersign.repository", "acme/shop"])?;
        Ok(())
    }

    /// Returns the demo's policy: who is who, and one gate.
    fn policy_text(&self) -> Result<String> {
        let mut text = String::from(
            "# The demo's policy: what an agent had a part in needs a senior's sign-off.\nversion: 1\npeople:\n",
        );
        for (person, name) in CAST {
            let public = std::fs::read_to_string(self.key(person).with_extension("pub"))?;
            text.push_str(&format!(
                "  {person}: {{ name: {name}, emails: [{person}@example.com], accounts: {{ plain: {person} }}, keys: [\"{}\"] }}\n",
                public.trim()
            ));
        }
        text.push_str(
            "roles:\n  senior: { people: [grace] }\n  release-manager: { people: [dana] }\ngates:\n  - name: agent's change\n    refs: [\"refs/heads/main\"]\n    when: { authorship-at-least: assisted }\n    require: [{ role: senior }]\n",
        );
        Ok(text)
    }

    /// Commits one file in Ada's clone.
    fn commit(&self, file: &str, content: &str, message: &str) -> Result<()> {
        let ada = self.clone_of("ada");
        std::fs::write(ada.join(file), content)?;
        self.must(&self.git, "ada", &ada, &["add", file])?;
        self.must(&self.git, "ada", &ada, &["commit", "-q", "-m", message])?;
        Ok(())
    }
}

/// The story as it is told.
struct Story<'a, 'b> {
    stage: &'a Stage,
    shell: &'a mut Shell<'b>,
    number: u32,
    as_told: bool,
}

/// The message of a commit that an agent co-wrote.
fn with_kiro(subject: &str) -> String {
    format!("{subject}\n\nCo-authored-by: Kiro <kiro@amazon.com>")
}

impl Story<'_, '_> {
    fn tell(&mut self) -> Result<()> {
        let stage = self.stage;
        let ada = stage.clone_of("ada");
        let push = ["push", "origin", "main"];
        stage.commit("hours.txt", "nine to six\n", "Stay open an hour longer")?;
        self.step("Ada pushes a commit of her own: it lands.", "ada", &ada, "git", &push, true)?;
        stage.commit("cache.txt", "cache: on\n", &with_kiro("Cache the price list"))?;
        self.step("Kiro co-wrote the next one: nothing is pushed.", "ada", &ada, "git", &push, false)?;
        let ada_key = stage.key("ada").to_string_lossy().into_owned();
        let sign =
            ["sign-off", "origin/main..main", "--target", "refs/heads/main", "--push", "origin", "--yes", "--key"];
        self.quietly("ada", &[&sign[..], &[&ada_key]].concat())?;
        self.step("Ada signs it off herself and pushes again: that does not count.", "ada", &ada, "git", &push, false)?;
        let grace_key = stage.key("grace").to_string_lossy().into_owned();
        self.step(
            "Grace, a senior, looks at it and signs.",
            "grace",
            &ada,
            "countersign",
            &[&sign[..], &[&grace_key]].concat(),
            true,
        )?;
        self.step("Now exactly that content lands.", "ada", &ada, "git", &push, true)?;
        stage.commit("fix.txt", "retry: 3\n", &with_kiro("Retry on throttling"))?;
        let dana_key = stage.key("dana").to_string_lossy().into_owned();
        let reason = "Checkout is down and nobody senior is awake";
        let lift = [
            "override",
            "origin/main..main",
            "--target",
            "refs/heads/main",
            "--push",
            "origin",
            "--yes",
            "--reason",
            reason,
            "--key",
        ];
        self.quietly("dana", &[&lift[..], &[&dana_key]].concat())?;
        self.step(
            "In an emergency Dana, the release manager, overrides, with a reason.",
            "ada",
            &ada,
            "git",
            &push,
            true,
        )?;
        Ok(())
    }

    /// Runs one step, shows it, and compares it with the story.
    fn step(
        &mut self,
        line: &str,
        person: &str,
        directory: &Path,
        program: &str,
        arguments: &[&str],
        passes: bool,
    ) -> Result<()> {
        self.number += 1;
        let path = if program == "git" { &self.stage.git } else { &self.stage.gate };
        let output = self.stage.call(path, person, directory, arguments)?;
        let as_told = output.is_success() == passes;
        self.as_told &= as_told;
        let mark = if as_told { "✓" } else { "✗" };
        writeln!(self.shell.out, "{}. {line}  {mark}\n", self.number)?;
        writeln!(self.shell.out, "   $ {program} {}", shown(arguments))?;
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            writeln!(self.shell.out, "   {}", crate::model::terminal_safe(line))?;
        }
        writeln!(self.shell.out)?;
        self.shell.out.flush()?;
        Ok(())
    }

    /// Runs a command of ours that only prepares the next step.
    fn quietly(&self, person: &str, arguments: &[&str]) -> Result<()> {
        self.stage.must(&self.stage.gate, person, &self.stage.clone_of("ada"), arguments).map(drop)
    }
}

/// Writes arguments as one would type them.
fn shown(arguments: &[&str]) -> String {
    let quoted = arguments.iter().map(|argument| {
        let name = Path::new(argument).file_name().and_then(|name| name.to_str());
        match name {
            Some(name) if argument.starts_with('/') => format!("../keys/{name}"),
            _ if argument.contains(' ') => format!("\"{argument}\""),
            _ => (*argument).to_owned(),
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// Shows and verifies the ledger, and says where to go on.
fn ending(stage: &Stage, shell: &mut Shell<'_>) -> Result<()> {
    let server = stage.server();
    writeln!(shell.out, "The ledger has all of it, in an order that nobody can quietly change:\n")?;
    for arguments in [&["audit", "list"][..], &["audit", "verify"][..]] {
        let output = stage.must(&stage.gate, "dana", &server, arguments)?;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            writeln!(shell.out, "   {line}")?;
        }
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            writeln!(shell.out, "   {line}")?;
        }
        writeln!(shell.out)?;
    }
    let folder = stage.folder.display();
    writeln!(shell.out, "Everything is in {folder}. Try next:\n")?;
    writeln!(shell.out, "   cd {folder}/shop.git && countersign audit show 3")?;
    writeln!(shell.out, "   countersign policy explain {folder}/policy.yaml")?;
    writeln!(shell.out, "   countersign explain sign-off-missing")?;
    Ok(())
}

//! The questions that `init` asks on a terminal, with answers proposed from git and `~/.ssh`.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::people::{add, id_from, key_line, person};
use crate::adapters::git::GitEnvironment;
use crate::adapters::process::{self, Call, find_program};
use crate::cli::Shell;
use crate::policy::StarterOptions;
use crate::render::text::safe;

/// How long an answer may be, in bytes.
const LONGEST_ANSWER: u64 = 64 << 10;

/// Asks for people and targets.
pub(super) fn ask(options: &mut StarterOptions, shell: &mut Shell<'_>) -> Result<()> {
    writeln!(shell.err, "A policy says who must agree before a change passes. An agent's change needs a")?;
    writeln!(shell.err, "senior who did not work on it; in an emergency a release manager may override.")?;
    writeln!(shell.err, "What stands in brackets is taken when you answer with Enter alone.\n")?;
    let (name, email) = (git_config("user.name", shell), git_config("user.email", shell));
    writeln!(shell.err, "You:")?;
    one_person(options, Some((name, email)), shell)?;
    loop {
        let missing = match super::missing_role(options) {
            Some(role) => format!(" (there is no {} yet)", role.trim_start_matches("a ")),
            None => String::new(),
        };
        if !yes(&format!("Another person{missing}? [Y/n]"), shell)? {
            break;
        }
        one_person(options, None, shell)?;
    }
    if options.refs.is_empty() {
        let branch = answer("Branch to protect", "main", shell)?;
        options.refs = vec![format!("refs/heads/{branch}"), "refs/tags/v*".to_owned()];
    }
    if options.environments.is_empty() {
        options.environments = vec![answer("Environment to protect", "production", shell)?];
    }
    Ok(())
}

fn one_person(
    options: &mut StarterOptions,
    known: Option<(Option<String>, Option<String>)>,
    shell: &mut Shell<'_>,
) -> Result<()> {
    let is_self = known.is_some();
    let (name, email) = known.unwrap_or_default();
    let name = answer("  Full name", name.as_deref().unwrap_or_default(), shell)?;
    let email = answer("  E-mail in commits", email.as_deref().unwrap_or_default(), shell)?;
    let id = answer("  User name on the git server", &id_from(&email), shell)?;
    let key = ask_key(is_self, shell)?;
    let roles = loop {
        match answer("  Role: (s)enior, (r)elease manager, (b)oth, (n)one", "n", shell)?.to_lowercase().as_str() {
            "s" | "senior" => break (true, false),
            "r" | "release manager" | "release-manager" => break (false, true),
            "b" | "both" => break (true, true),
            "n" | "none" => break (false, false),
            _ => writeln!(shell.err, "  s, r, b or n, please")?,
        }
    };
    add(&mut options.people, person(&id, &name, &email, key.into_iter().collect()), roles);
    Ok(())
}

/// Asks for a key until the answer is one, or is left empty.
fn ask_key(is_self: bool, shell: &mut Shell<'_>) -> Result<Option<String>> {
    let proposals = if is_self { own_keys(shell) } else { Vec::new() };
    for path in &proposals {
        writeln!(shell.err, "    there is {}", safe(&path.display().to_string()))?;
    }
    let proposal = proposals.first().map(|path| path.display().to_string()).unwrap_or_default();
    loop {
        let text = answer("  SSH public key, or its .pub file (`-` for none yet)", &proposal, shell)?;
        if text.is_empty() || text == "-" {
            return Ok(None);
        }
        match key_line(&text, &shell.directory) {
            Ok(line) => return Ok(Some(line)),
            Err(error) => writeln!(shell.err, "  {}", safe(&format!("{error:#}")))?,
        }
    }
}

/// Returns the public keys in `~/.ssh`, those of security keys first.
fn own_keys(shell: &Shell<'_>) -> Vec<PathBuf> {
    let Some(home) = shell.variable("HOME") else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(PathBuf::from(home).join(".ssh")) else { return Vec::new() };
    let files = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut keys: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "pub"))
        .filter(|path| path.to_str().is_some_and(|path| key_line(path, &shell.directory).is_ok()))
        .collect();
    keys.sort_by_key(|path| (!path.to_string_lossy().contains("_sk"), path.clone()));
    keys
}

fn yes(question: &str, shell: &mut Shell<'_>) -> Result<bool> {
    write!(shell.err, "{question} ")?;
    shell.err.flush()?;
    Ok(!read_line(shell)?.to_lowercase().starts_with('n'))
}

/// Asks until there is an answer; an empty one takes the proposal.
fn answer(question: &str, proposal: &str, shell: &mut Shell<'_>) -> Result<String> {
    loop {
        match proposal {
            "" => write!(shell.err, "{question}: ")?,
            proposal => write!(shell.err, "{question} [{}]: ", safe(proposal))?,
        }
        shell.err.flush()?;
        let text = read_line(shell)?;
        let text = if text.is_empty() { proposal.to_owned() } else { text };
        // A key may be left out; everything else is needed.
        if !text.is_empty() || question.contains("key") {
            return Ok(text);
        }
    }
}

fn read_line(shell: &mut Shell<'_>) -> Result<String> {
    use std::io::{BufRead as _, Read as _};
    let mut line = String::new();
    if shell.input.take(LONGEST_ANSWER).read_line(&mut line)? == 0 {
        bail!("the answers ended before the questions did; nothing was written");
    }
    Ok(line.trim().to_owned())
}

fn git_config(name: &str, shell: &Shell<'_>) -> Option<String> {
    let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
    let call = Call {
        program: find_program("git", &environment.search_path).ok()?,
        arguments: ["config", "--get", name].map(Into::into).to_vec(),
        environment: shell.environment.clone().into_iter().collect(),
        directory: Some(shell.directory.clone()),
        ..Call::default()
    };
    let value = String::from_utf8(process::run_ok(&call).ok()?).ok()?;
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Format;

    /// Asks with these answers; returns what was understood and what was shown.
    fn asked(answers: &str) -> (Result<StarterOptions>, String) {
        let home = tempfile::tempdir().unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut input = std::io::Cursor::new(answers.to_owned());
        let mut shell = Shell {
            out: &mut out,
            err: &mut err,
            input: &mut input,
            environment: [("HOME".into(), home.path().into())].into(),
            directory: home.path().to_owned(),
            now: "2026-11-22T10:00:00Z".parse().unwrap(),
            format: Format::Human,
            color: false,
            color_out: false,
            interactive: true,
            shows_progress: false,
            verbose: 0,
            quiet: false,
        };
        let mut options = StarterOptions::default();
        let result = ask(&mut options, &mut shell).map(|()| options);
        (result, String::from_utf8(err).unwrap())
    }

    #[test]
    fn answers_become_people_and_targets() {
        let answers =
            "Grace Hopper\ngrace@example.com\n\n-\ns\ny\nDana Scully\ndana@example.com\ndscully\n\nx\nr\nn\ntrunk\n\n";
        let (options, shown) = asked(answers);
        let options = options.unwrap();
        assert_eq!(options.people.len(), 2);
        assert!(options.people[0].is_senior && !options.people[0].is_release_manager);
        assert_eq!((options.people[0].id.as_str(), options.people[1].id.as_str()), ("grace", "dscully"));
        assert_eq!(options.refs, ["refs/heads/trunk", "refs/tags/v*"]);
        assert_eq!(options.environments, ["production"]);
        assert!(shown.contains("Another person (there is no release manager yet)?"), "{shown}");
        let text = crate::policy::starter(&options);
        assert!(crate::policy::load(text.as_bytes(), "policy.yaml").is_ok(), "{text}");
    }

    #[test]
    fn answers_that_end_early_write_nothing() {
        let (options, _) = asked("Grace Hopper\n");
        assert!(options.unwrap_err().to_string().contains("nothing was written"));
    }
}

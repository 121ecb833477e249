//! What sign-off and override have in common: show, ask, sign, store, push.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::client::Client;
use super::{Exit, Shell, Usage};
use crate::adapters::signing_key::SigningKey;
use crate::adapters::ssh_keygen::{Prompts, SshKeygen};
use crate::model::{Oid, Target, terminal_safe};
use crate::plan::{self, Plan, PlanFormat};
use crate::verify::{Envelope, RecordKind};

/// The name and version that a record carries of the program that made it.
pub const CLIENT: &str = concat!("countersign ", env!("CARGO_PKG_VERSION"));

/// Options that both commands share.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The repository's name as the gate knows it [default: countersign.repository, else the last
    /// two parts of the remote's URL]
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
    /// The SSH key to sign with [default: git's user.signingKey, else a key in ~/.ssh]
    #[arg(long, value_name = "PATH")]
    pub key: Option<PathBuf>,
    /// A policy whose agents are looked for, too [default: countersign.policy, else
    /// .countersign/policy.yaml where the change starts]
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Push the record to this remote
    #[arg(long, value_name = "REMOTE")]
    pub push: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Also write the record to a file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// The target that a record is for.
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Place {
    /// The full ref that is to move
    #[arg(long, value_name = "REF")]
    pub target: Option<String>,
    /// The environment that is to be deployed to
    #[arg(long, value_name = "ENV")]
    pub environment: Option<String>,
}

impl Place {
    /// Returns the target.
    ///
    /// # Errors
    /// When it is no full ref.
    pub fn resolve(&self) -> Result<Target> {
        match (&self.target, &self.environment) {
            (Some(name), _) if name.starts_with("refs/") => Ok(Target::Ref(name.clone())),
            (Some(name), _) => {
                let name = terminal_safe(name);
                bail!(Usage(format!("`{name}` is no full ref; write refs/heads/{name}")))
            }
            (None, Some(environment)) if !environment.is_empty() => Ok(Target::Environment(environment.clone())),
            (None, _) => bail!(Usage("name the target with `--target REF` or `--environment ENV`".to_owned())),
        }
    }
}

/// What made the plan of a deployment.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct PlanFormatArgs {
    /// What made the plan, where the plan itself does not tell: SQL never does
    #[arg(long, value_name = "FORMAT", default_value = "auto", requires = "plan",
          value_parser = PossibleValuesParser::new(PlanFormat::NAMES).try_map(|name| name.parse::<PlanFormat>()))]
    plan_format: PlanFormat,
}

impl PlanFormatArgs {
    /// Reads the plan that is signed with the change, if there is one.
    ///
    /// # Errors
    /// When the file cannot be read. What it says may be unknown: then the screen says so.
    pub fn read(self, path: Option<&Path>, shell: &Shell<'_>) -> Result<Option<Plan>> {
        let Some(path) = path else { return Ok(None) };
        let bytes = std::fs::read(shell.directory.join(path))
            .with_context(|| format!("reading the plan {}", path.display()))?;
        Ok(Some(plan::read_as(&bytes, self.plan_format)))
    }
}

/// Chooses the key: the one that was asked for, else git's, else one in `~/.ssh`.
///
/// # Errors
/// When there is none.
pub fn choose_key(options: &Options, client: &Client, shell: &Shell<'_>) -> Result<SigningKey> {
    let home = PathBuf::from(shell.environment.get(&OsString::from("HOME")).cloned().unwrap_or_default());
    if let Some(path) = &options.key {
        return Ok(SigningKey::from_git(&shell.directory.join(path).to_string_lossy(), &home));
    }
    let listing: Vec<OsString> = std::fs::read_dir(home.join(".ssh"))
        .map(|entries| entries.filter_map(|entry| entry.ok().map(|entry| entry.file_name())).collect())
        .unwrap_or_default();
    let (key, format) = (client.config("user.signingkey"), client.config("gpg.format"));
    SigningKey::choose(key.as_deref(), format.as_deref(), &home, &listing)
        .ok_or_else(|| anyhow!("no SSH key to sign with was found; name one with `--key PATH`"))
}

/// Asks whether to go on. Without a terminal nothing is agreed to.
///
/// # Errors
/// When nobody can be asked.
pub fn confirm(question: &str, options: &Options, shell: &mut Shell<'_>) -> Result<bool> {
    if options.yes {
        return Ok(true);
    }
    if !shell.interactive {
        bail!("nobody is here to ask; look at what you sign, then repeat with `--yes`");
    }
    write!(shell.err, "{question} [y/N]  ")?;
    shell.err.flush()?;
    let mut answer = String::new();
    shell.input.read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Adds a signature to an envelope, through ssh-keygen.
///
/// # Errors
/// When it cannot be made.
pub fn sign(
    envelope: &mut Envelope,
    kind: RecordKind,
    key: &SigningKey,
    client: &Client,
    shell: &Shell<'_>,
) -> Result<()> {
    let program = client.config("gpg.ssh.program").unwrap_or_else(|| "ssh-keygen".to_owned());
    let environment: Vec<(OsString, OsString)> = shell.environment.clone().into_iter().collect();
    let keygen = SshKeygen {
        program: program.as_ref(),
        environment: &environment,
        prompts: if shell.interactive { Prompts::Terminal } else { Prompts::Captured },
    };
    let signature = keygen.sign(key, kind, &envelope.pre_authentication_encoding())?;
    envelope.add_signature(signature)?;
    Ok(())
}

/// Stores a record under its ref, writes and pushes it where asked, and says so.
///
/// # Errors
/// When one of these fails.
pub fn keep(
    envelope: &Envelope,
    kind: RecordKind,
    head: Oid,
    options: &Options,
    client: &Client,
    shell: &mut Shell<'_>,
) -> Result<Exit> {
    let id = envelope.id().to_hex();
    let name = format!("{}{head}/{id}", kind.ref_folder());
    let bytes = store(envelope, &name, client)?;
    if let Some(path) = &options.out {
        std::fs::write(shell.directory.join(path), &bytes).with_context(|| format!("writing {}", path.display()))?;
    }
    if let Some(remote) = &options.push {
        push(envelope, &name, remote, client)
            .with_context(|| format!("the record is kept here as {name}, but pushing it to {remote} failed"))?;
    }
    if shell.format == super::Format::Json {
        let line = serde_json::json!({ "id": id, "ref": name, "head": head, "pushed": options.push });
        writeln!(shell.out, "{line}")?;
    } else if !shell.quiet {
        let pushed = options.push.as_ref().map_or_else(
            || format!("next: git push origin {name}"),
            |remote| format!("pushed to {}", terminal_safe(remote)),
        );
        writeln!(shell.err, "Recorded as {}; {pushed}.", id.get(..12).unwrap_or(&id))?;
    }
    Ok(Exit::Permitted)
}

/// Stores a record with the signatures that are here already, and returns its bytes: two people who sign
/// the same in the same second make one record.
fn store(envelope: &Envelope, name: &str, client: &Client) -> Result<Vec<u8>> {
    let mut whole = envelope.clone();
    if let Ok(here) = client.git(&["cat-file", "blob", name])
        && let Ok(here) = Envelope::parse(&here)
    {
        whole = here;
        whole.merge(envelope.clone())?;
    }
    let bytes = whole.to_json()?;
    let blob = client.git_with_input(&["hash-object", "-w", "--stdin"], &bytes)?;
    let blob = String::from_utf8(blob)?;
    // What a clone's hooks do when a ref moves is none of a signer's business, and somebody else may have put them there.
    let quiet = ["-c", "core.hooksPath=/dev/null", "update-ref", "-m", "countersign"];
    client.git(&[&quiet[..], &[name, blob.trim()]].concat())?;
    Ok(bytes)
}

/// Pushes a record; where the server has it with signatures that are not here, with these as well.
fn push(envelope: &Envelope, name: &str, remote: &str, client: &Client) -> Result<()> {
    // The plus lets a blob with more signatures replace the one that holds the first.
    let refspec = format!("+{name}:{name}");
    let send = || client.git_remote(&["push", "--quiet", "--no-verify", remote, &refspec]).map(drop);
    let Err(error) = send() else { return Ok(()) };
    if client.git_remote(&["fetch", "--quiet", "--no-write-fetch-head", remote, &refspec]).is_err() {
        return Err(error);
    }
    store(envelope, name, client)?;
    send()
}

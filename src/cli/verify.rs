//! `countersign verify`: whether a verdict that travelled says that this commit may go there now.
//!
//! Reads files and nothing else: no network, no ledger, no repository.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::public_keys::{bounded, keys};
use super::{Exit, Format, Shell, json};
use crate::adapters::attestation_file;
use crate::audit::attest::{self, Question};
use crate::model::{Digest, Oid};
use crate::render::Look;
use crate::render::attested::{self, Answer};
use crate::render::workflow_command::{Place, Weight, render};
use crate::verify::dsse::MAX_VERDICT_BYTES;
use crate::verify::foreign_envelope::MAX_FOREIGN_BYTES;
use crate::verify::provenance::Provenance;

/// Where the artifact's digest may stand in place of a file.
const DIGEST_PREFIX: &str = "sha256:";

/// Verify a signed verdict of the gate, with the gate's public key alone
///
/// Needs no network, no ledger and no repository. What is not asked is not compared, so name everything that you
/// know: the environment above all. A verdict is good until the time in it; whether a sign-off was withdrawn since,
/// only the gate can say. Exits with 0 when the verdict holds, with 1 when it does not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    countersign verify verdict.json --subject $(git rev-parse HEAD) --environment production \\\n      \
    --repository acme/shop --gate-key gate.pub\n  \
    countersign verify verdict.json --artifact shop.tar.gz --provenance shop.intoto.json \\\n      \
    --provenance-key builder.pem --environment production --gate-key gate.pub")]
pub struct Args {
    /// The signed verdict; `-` reads standard input
    #[arg(value_name = "VSA")]
    verdict: PathBuf,
    /// The commit, with all its digits
    #[arg(long, value_name = "COMMIT", required_unless_present = "artifact")]
    subject: Option<Oid>,
    /// The environment that it is deployed to; without it, only what landed on a ref is accepted
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// The repository's name as the gate knows it
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// The ref that it must have come from, in full
    #[arg(long = "ref", value_name = "REF", value_parser = full_ref)]
    reference: Option<String>,
    /// The plan that is about to be carried out
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// What the verdict must claim, such as ORG_SOURCE_COUNTERSIGN_DEPLOY_PERMITTED (then no override)
    #[arg(long, value_name = "LEVEL")]
    level: Vec<String>,
    /// The gate's public key, as a file or as text; may be given several times
    #[arg(long, value_name = "PUBLIC", required = true)]
    gate_key: Vec<String>,
    /// What was built: a file, or sha256:HEX of an image; its commit is taken from the provenance
    #[arg(long, value_name = "FILE|DIGEST", requires = "provenance")]
    artifact: Option<String>,
    /// The SLSA provenance of the artifact, in DSSE
    #[arg(long, value_name = "FILE", requires_all = ["provenance_key", "artifact"])]
    provenance: Option<PathBuf>,
    /// The builder's public key, as a file or as text
    #[arg(long, value_name = "PUBLIC", requires = "provenance")]
    provenance_key: Vec<String>,
    /// The source's URI in the provenance, where that names several
    #[arg(long, value_name = "URI", requires = "provenance")]
    source: Option<String>,
    /// Verify as at this time
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
}

fn full_ref(text: &str) -> Result<String, String> {
    if text.starts_with("refs/") { Ok(text.to_owned()) } else { Err("write it in full: refs/heads/…".to_owned()) }
}

/// Why the verdict is not believed.
type Doubted = (&'static str, String);

/// Runs the command.
///
/// # Errors
/// When a file cannot be read, or holds no key.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let keys = keys(&args.gate_key, shell)?;
    let verdict = verdict(args, shell)?;
    let artifact = args.artifact.as_deref().map(|named| artifact(named, shell)).transpose()?;
    let plan = args.plan.as_deref().map(|path| digest(&shell.directory.join(path))).transpose()?;
    let commit = subject(args, artifact, shell)?;
    let read = attest::read(&verdict, &keys).map_err(|doubt| (doubt.code(), doubt.to_string()));
    let doubt = match (&read, &commit) {
        (Err(doubt), _) | (Ok(_), Err(doubt)) => Some(doubt.clone()),
        (Ok((said, _)), Ok(commit)) => {
            let question = Question {
                commit: *commit,
                environment: args.environment.clone(),
                reference: args.reference.clone(),
                repository: args.repository.clone(),
                plan,
                levels: args.level.clone(),
                now: args.now.unwrap_or(shell.now),
            };
            question.ask(said).err().map(|doubt| (doubt.code(), doubt.to_string()))
        }
    };
    let answer = Answer {
        said: read.as_ref().ok().map(|(said, _)| said),
        gate: read.as_ref().ok().map(|(_, key)| key.fingerprint()),
        artifact,
        plan_compared: plan.is_some(),
        doubt,
    };
    show(&answer, shell)?;
    Ok(if answer.doubt.is_none() { Exit::Permitted } else { Exit::Refused })
}

/// Returns the commit that is asked about: the one that was named, and the one that the artifact was built from.
fn subject(args: &Args, artifact: Option<Digest>, shell: &Shell<'_>) -> Result<Result<Oid, Doubted>> {
    let (Some(artifact), Some(path)) = (artifact, &args.provenance) else {
        let named = args.subject.ok_or_else(|| anyhow!("name the commit with `--subject`"))?;
        return Ok(Ok(named));
    };
    let bytes = bounded(&shell.directory.join(path), MAX_FOREIGN_BYTES as u64 + 1)?;
    let keys = keys(&args.provenance_key, shell)?;
    let traced = Provenance::read(&bytes, &keys);
    let traced = traced.and_then(|provenance| provenance.commit_of(&artifact, args.source.as_deref()));
    Ok(match (traced, args.subject) {
        (Err(error), _) => Err(("provenance", error.to_string())),
        (Ok(built), Some(named)) if built != named => {
            Err(("provenance", format!("the artifact was built from commit {built}, not from {named}")))
        }
        (Ok(built), _) => Ok(built),
    })
}

fn show(answer: &Answer<'_>, shell: &mut Shell<'_>) -> Result<()> {
    match shell.format {
        Format::Human if shell.quiet && answer.doubt.is_none() => {}
        Format::Human => {
            let columns = shell.columns().map_or(Look::default().columns, usize::from);
            let look = Look { color: shell.color_out, columns, ..Look::default() };
            write!(shell.out, "{}", attested::page(answer, &look))?;
        }
        Format::Github => {
            let weight = if answer.doubt.is_none() { Weight::Notice } else { Weight::Error };
            let title = if answer.doubt.is_none() { "verdict verified" } else { "verdict not verified" };
            write!(shell.out, "{}", render(weight, Place::default(), title, &attested::sentence(answer)))?;
        }
        Format::Json | Format::Sarif | Format::Svg => {
            json::write_for(shell.format, shell.out, &attested::value(answer))?
        }
    }
    Ok(())
}

fn verdict(args: &Args, shell: &mut Shell<'_>) -> Result<Vec<u8>> {
    if args.verdict.as_os_str() == "-" {
        let mut bytes = Vec::new();
        shell.input.take(MAX_VERDICT_BYTES as u64 + 2).read_to_end(&mut bytes).context("reading standard input")?;
        return Ok(bytes);
    }
    let path = shell.directory.join(&args.verdict);
    attestation_file::read(&path).with_context(|| format!("reading {}", path.display()))
}

/// Returns the digest of an artifact, or the one that stands for it. A name that is no file, and no digest either,
/// is refused.
fn artifact(named: &str, shell: &Shell<'_>) -> Result<Digest> {
    if named.starts_with(DIGEST_PREFIX) {
        return named.parse().map_err(|error| anyhow!("`--artifact {named}`: {error}"));
    }
    digest(&shell.directory.join(named))
}

/// Returns the digest of a file of any length.
fn digest(path: &Path) -> Result<Digest> {
    let hash = || -> io::Result<Digest> {
        let mut hasher = Sha256::new();
        io::copy(&mut File::open(path)?, &mut hasher)?;
        Ok(Digest::from_bytes(hasher.finalize().into()))
    };
    hash().with_context(|| format!("reading {}", path.display()))
}

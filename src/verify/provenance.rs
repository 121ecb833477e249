//! Build provenance: from which commit somebody else's builder made an artifact.
//!
//! Specification: SLSA v1.2, "Build: Provenance" (`https://slsa.dev/provenance/v1`). Who the builder is, is told
//! by the key alone; whether it is to be trusted, by whoever hands that key in.

use serde::Deserialize;
use serde_json::Value;

use super::foreign_envelope::{self, ForeignError};
use super::public_key::PublicKey;
use super::statement::STATEMENT_TYPE;
use crate::model::{Digest, Oid, terminal_safe};

/// The predicate type.
pub const PROVENANCE_TYPE: &str = "https://slsa.dev/provenance/v1";

/// Why an artifact's commit is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProvenanceError {
    /// The envelope is not believed.
    #[error("the provenance is not believed: {0}")]
    Envelope(#[from] ForeignError),
    /// The statement is no provenance.
    #[error("the provenance is no SLSA provenance of version 1: {0}")]
    Shape(String),
    /// It is about other artifacts.
    #[error("the provenance is not about the artifact {0}")]
    OtherArtifact(Digest),
    /// It names no commit, or none of the source that was asked for.
    #[error("the provenance names no commit of {0}")]
    NoCommit(String),
    /// It names several.
    #[error("the provenance names several commits; say from which source with `--source`: {0}")]
    SeveralCommits(String),
}

/// What a builder says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    artifacts: Vec<Digest>,
    sources: Vec<Source>,
}

/// A revision that was built from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    uri: String,
    commit: Oid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "_type")]
    statement_type: String,
    predicate_type: String,
    subject: Vec<Descriptor>,
    predicate: Predicate,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Predicate {
    build_definition: BuildDefinition,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition {
    #[serde(default)]
    resolved_dependencies: Vec<Descriptor>,
}

/// in-toto's resource descriptor, of which more fields are not looked at.
#[derive(Deserialize)]
struct Descriptor {
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    digest: serde_json::Map<String, Value>,
}

impl Provenance {
    /// Reads provenance that one of the keys signed.
    ///
    /// # Errors
    /// [`ProvenanceError`] when it is none.
    pub fn read(bytes: &[u8], keys: &[PublicKey]) -> Result<Self, ProvenanceError> {
        let shape = |error: serde_json::Error| ProvenanceError::Shape(error.to_string());
        let payload = foreign_envelope::open(bytes, keys)?;
        let document: Document =
            serde_json::from_value(super::strict_json::parse(&payload).map_err(shape)?).map_err(shape)?;
        if document.statement_type != STATEMENT_TYPE || document.predicate_type != PROVENANCE_TYPE {
            return Err(ProvenanceError::Shape("its types are others".to_owned()));
        }
        let artifacts = document.subject.iter().filter_map(|subject| sha256(&subject.digest)).collect();
        let dependencies = document.predicate.build_definition.resolved_dependencies;
        let mut sources = Vec::new();
        for dependency in dependencies {
            let uri = dependency.uri.unwrap_or_default();
            if let Some(commit) = commit(&uri, &dependency.digest)? {
                sources.push(Source { uri, commit });
            }
        }
        Ok(Self { artifacts, sources })
    }

    /// Returns the commit from which an artifact was built. Where it was built from several repositories, `source`
    /// is the URI of the one that is meant, without or with the `@REF` behind it.
    ///
    /// # Errors
    /// [`ProvenanceError`] when there is none, or several.
    pub fn commit_of(&self, artifact: &Digest, source: Option<&str>) -> Result<Oid, ProvenanceError> {
        if !self.artifacts.contains(artifact) {
            return Err(ProvenanceError::OtherArtifact(*artifact));
        }
        let is_meant = |one: &&Source| source.is_none_or(|source| is_source(&one.uri, source));
        let meant: Vec<&Source> = self.sources.iter().filter(is_meant).collect();
        let Some(first) = meant.first() else {
            return Err(ProvenanceError::NoCommit(source.map_or_else(|| "any repository".to_owned(), terminal_safe)));
        };
        if meant.iter().all(|one| one.commit == first.commit) {
            return Ok(first.commit);
        }
        let uris: Vec<String> = meant.iter().take(4).map(|one| terminal_safe(&one.uri)).collect();
        Err(ProvenanceError::SeveralCommits(uris.join(", ")))
    }
}

/// Tells whether a dependency's URI is that of a source, at whatever ref.
fn is_source(uri: &str, source: &str) -> bool {
    uri.strip_prefix(source).is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
}

fn sha256(digests: &serde_json::Map<String, Value>) -> Option<Digest> {
    Digest::from_hex(digests.get("sha256")?.as_str()?).ok()
}

/// Returns the commit that a dependency is. `sha1` of a `git+` URI is what builders wrote before in-toto had
/// `gitCommit`; where both stand, they must agree.
fn commit(uri: &str, digests: &serde_json::Map<String, Value>) -> Result<Option<Oid>, ProvenanceError> {
    let wrong = |name: &str| ProvenanceError::Shape(format!("a `{name}` is no commit id"));
    let named = |name: &str| {
        let text = digests.get(name).map(|value| value.as_str().unwrap_or_default());
        text.map(|text| text.parse::<Oid>().map_err(|_| wrong(name))).transpose()
    };
    let older = if uri.starts_with("git+") { named("sha1")? } else { None };
    match (named("gitCommit")?, older) {
        (Some(one), Some(other)) if one != other => Err(wrong("sha1")),
        (one, other) => Ok(one.or(other)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::verify::GateKey;

    const SHOP: &str = "git+https://git.example.com/acme/shop";

    fn statement() -> Value {
        json!({
            "_type": STATEMENT_TYPE,
            "subject": [{"name": "shop.tar.gz", "digest": {"sha256": Digest::of(b"shop").to_hex(), "sha512": "00"}}],
            "predicateType": PROVENANCE_TYPE,
            "predicate": {
                "buildDefinition": {
                    "buildType": "https://ci.example.com/build/v1",
                    "externalParameters": {"ref": "refs/heads/main"},
                    "resolvedDependencies": [
                        {"uri": format!("{SHOP}@refs/heads/main"), "digest": {"gitCommit": "a".repeat(40)}},
                        {"uri": "https://registry.example.com/base", "digest": {"sha256": "00"}},
                    ],
                },
                "runDetails": {"builder": {"id": "https://ci.example.com/"}},
            },
        })
    }

    fn read(statement: &Value) -> Result<Provenance, ProvenanceError> {
        let key = GateKey::from_seed(&[3; 32]).unwrap();
        let envelope = key.sign_statement(statement.to_string().into_bytes()).unwrap();
        Provenance::read(&envelope.to_json().unwrap(), &[key.public_key().clone()])
    }

    #[test]
    fn an_artifact_leads_to_its_commit() {
        let provenance = read(&statement()).unwrap();
        let commit: Oid = "a".repeat(40).parse().unwrap();
        assert_eq!(provenance.commit_of(&Digest::of(b"shop"), None), Ok(commit));
        assert_eq!(provenance.commit_of(&Digest::of(b"shop"), Some(SHOP)), Ok(commit));
        let other = Digest::of(b"other");
        assert_eq!(provenance.commit_of(&other, None), Err(ProvenanceError::OtherArtifact(other)));
        for source in ["git+https://git.example.com/acme/sho", "git+https://git.example.com/acme/other", "x"] {
            let answer = provenance.commit_of(&Digest::of(b"shop"), Some(source));
            assert!(matches!(answer, Err(ProvenanceError::NoCommit(_))), "{source}");
        }
    }

    #[test]
    fn one_of_several_sources_must_be_named() {
        let mut several = statement();
        let dependencies = &mut several["predicate"]["buildDefinition"]["resolvedDependencies"];
        let library = json!({"uri": "git+https://git.example.com/lib", "digest": {"sha1": "b".repeat(40)}});
        dependencies.as_array_mut().unwrap().push(library);
        let provenance = read(&several).unwrap();
        let shop = Digest::of(b"shop");
        assert!(matches!(provenance.commit_of(&shop, None), Err(ProvenanceError::SeveralCommits(_))));
        assert_eq!(provenance.commit_of(&shop, Some(SHOP)), Ok("a".repeat(40).parse().unwrap()));
        let lib = provenance.commit_of(&shop, Some("git+https://git.example.com/lib"));
        assert_eq!(lib, Ok("b".repeat(40).parse().unwrap()));
    }

    #[test]
    fn other_statements_are_no_provenance() {
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut statement = statement();
            change(&mut statement);
            read(&statement)
        };
        assert!(changed(&|it| it["predicateType"] = json!("https://slsa.dev/provenance/v0.2")).is_err());
        assert!(changed(&|it| it["_type"] = json!("https://in-toto.io/Statement/v0.1")).is_err());
        assert!(changed(&|it| it["predicate"] = json!({})).is_err());
        let dependency = |digest: Value| {
            changed(&|it| {
                it["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"] = digest.clone();
            })
        };
        assert!(dependency(json!({"gitCommit": "abc"})).is_err());
        assert!(dependency(json!({"gitCommit": "a".repeat(40), "sha1": "b".repeat(40)})).is_err());
        let nothing = dependency(json!({"sha256": "00"})).unwrap().commit_of(&Digest::of(b"shop"), None);
        assert!(matches!(nothing, Err(ProvenanceError::NoCommit(_))));
    }
}

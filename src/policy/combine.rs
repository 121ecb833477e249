//! A policy file and a document read from a ref, both in force: every gate of both.

use super::load::Loaded;
use super::problem::{PolicyErrors, Problem, Severity, shown};
use super::serial::{self, SerialError};
use super::{Policy, load::load_gates_only};
use crate::model::Digest;

/// Puts the gates of `from_ref` behind those of `file`. For everything else the file decides. The
/// digest is that of both digests in hexadecimal, joined by a newline; the serial is the ref's.
///
/// `from_ref` must come from [`load_gates_only`] with the file's policy as its base.
///
/// # Errors
/// A gate of the ref has the name of one of the file's, or the ref's document has no serial.
pub fn combine(file: &Loaded, from_ref: &Loaded) -> Result<Policy, PolicyErrors> {
    let mut problems: Vec<Problem> = Vec::new();
    for (gate, place) in from_ref.policy.gates.iter().zip(&from_ref.gate_places) {
        if file.policy.gates.iter().any(|other| other.name == gate.name) {
            let message = format!("{} has a gate named `{}` already", shown(&file.name), shown(&gate.name));
            let mut problem = Problem::new("duplicate-gate", Severity::Error, place.span.clone(), message);
            problem.consequence("what one gate has settled would count as settled for the other");
            problems.push(Problem { line: place.line, column: place.column, ..problem });
        }
    }
    if let Err(SerialError::Missing) = serial::required(&from_ref.policy) {
        problems.push(serial::missing());
    }
    if !problems.is_empty() {
        return Err(PolicyErrors { name: from_ref.name.clone(), problems });
    }
    let mut policy = file.policy.clone();
    policy.gates.extend(from_ref.policy.gates.iter().cloned());
    policy.serial = from_ref.policy.serial;
    policy.digest = combined_digest(&file.policy.digest, &from_ref.policy.digest);
    Ok(policy)
}

/// Loads the document `bytes` of a ref and puts its gates behind those of `file`; returns the
/// document, too, for its warnings and its own digest.
///
/// # Errors
/// Everything that is wrong with the document, or with the two together.
pub fn load_and_combine(file: &Loaded, bytes: &[u8], name: &str) -> Result<(Policy, Loaded), PolicyErrors> {
    let from_ref = load_gates_only(bytes, name, &file.policy)?;
    Ok((combine(file, &from_ref)?, from_ref))
}

/// Returns the digest by which verdicts name two policies in force together.
fn combined_digest(file: &Digest, from_ref: &Digest) -> Digest {
    Digest::of(format!("{}\n{}", file.to_hex(), from_ref.to_hex()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::load;

    const FILE: &str = "\
version: 1
roles:
  senior:          { github-teams: [acme/seniors] }
  release-manager: { github-teams: [acme/release] }
gates:
  - name: review
    refs: [refs/heads/main]
    require: [{ role: senior }]
";

    fn file() -> Loaded {
        load(FILE.as_bytes(), "/srv/policy.yaml").unwrap()
    }

    fn from_ref(text: &str) -> Result<(Policy, Loaded), PolicyErrors> {
        load_and_combine(&file(), text.as_bytes(), "refs/heads/policy:policy.yaml")
    }

    const MORE: &str = "\
version: 1
serial: 3
gates:
  - name: more
    refs: [refs/heads/next]
    require: [{ role: release-manager }]
";

    #[test]
    fn every_gate_of_both_is_in_force() {
        let (both, _) = from_ref(MORE).unwrap();
        let names: Vec<_> = both.gates.iter().map(|gate| gate.name.as_str()).collect();
        assert_eq!(names, ["review", "more"]);
        assert_eq!(both.serial, Some(3));
        assert_eq!(both.overrides.role, "release-manager");
    }

    #[test]
    fn the_digest_is_that_of_both_digests() {
        use sha2::{Digest as _, Sha256};
        let (both, _) = from_ref(MORE).unwrap();
        let [one, two] = [FILE, MORE].map(|text| hex::encode(Sha256::digest(text)));
        assert_eq!(both.digest.to_hex(), hex::encode(Sha256::digest(format!("{one}\n{two}"))));
    }

    #[test]
    fn the_document_may_hold_gates_only_and_name_the_files_roles() {
        let text = "version: 1\nserial: 3\noverride: { approvals: 1 }\npeople: {}\ngates:\n  - { name: x, environments: [p], require: [{ role: seniors }] }\n";
        let errors = from_ref(text).unwrap_err();
        let found: Vec<_> = errors.problems.iter().map(|p| (p.code, p.line, p.column)).collect();
        assert_eq!(found, [("key-not-here", 3, 1), ("key-not-here", 4, 1), ("role-undefined", 6, 53)]);
    }

    #[test]
    fn two_gates_of_one_name_and_a_missing_serial_are_refused() {
        let text = MORE.replace("name: more", "name: review").replace("serial: 3\n", "");
        let errors = from_ref(&text).unwrap_err();
        let found: Vec<_> = errors.problems.iter().map(|p| (p.code, p.line, p.column)).collect();
        assert_eq!(found, [("duplicate-gate", 3, 11), ("serial-missing", 1, 1)]);
    }
}

//! People as arguments: `ID:FULL NAME:E-MAIL[:KEY]`.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::policy::StarterPerson;
use crate::verify::PublicKey;

/// The longest `.pub` file that is read, in bytes.
const LONGEST_KEY: u64 = 64 << 10;

/// Reads one person. Paths are relative to `directory`.
pub(super) fn parse(text: &str, directory: &Path) -> Result<StarterPerson> {
    let mut parts = text.splitn(4, ':').map(str::trim);
    let (Some(id), Some(name), Some(email)) = (parts.next(), parts.next(), parts.next()) else {
        bail!("`{text}` is not ID:FULL NAME:E-MAIL[:KEY]");
    };
    if id.is_empty() || !email.contains('@') {
        bail!("`{text}` is not ID:FULL NAME:E-MAIL[:KEY]");
    }
    let keys = match parts.next().filter(|key| !key.is_empty()) {
        Some(key) => vec![key_line(key, directory)?],
        None => Vec::new(),
    };
    Ok(person(id, name, email, keys))
}

/// Returns a person whose user name on a plain server is their id.
pub(super) fn person(id: &str, name: &str, email: &str, keys: Vec<String>) -> StarterPerson {
    StarterPerson {
        id: id.to_owned(),
        name: name.to_owned(),
        emails: vec![email.to_owned()],
        accounts: vec![("plain".to_owned(), id.to_owned(), None)],
        keys,
        ..StarterPerson::default()
    }
}

/// Adds a person, or what is new about one who is there already.
pub(super) fn add(people: &mut Vec<StarterPerson>, person: StarterPerson, roles: (bool, bool)) {
    let place = people.iter().position(|known| known.id == person.id).unwrap_or_else(|| {
        people.push(StarterPerson { emails: Vec::new(), keys: Vec::new(), ..person.clone() });
        people.len() - 1
    });
    let Some(known) = people.get_mut(place) else { return };
    known.is_senior |= roles.0;
    known.is_release_manager |= roles.1;
    for email in person.emails {
        if !known.emails.contains(&email) {
            known.emails.push(email);
        }
    }
    for key in person.keys {
        if !known.keys.contains(&key) {
            known.keys.push(key);
        }
    }
}

/// Returns the line of a key that is given as a line or as the path of a `.pub` file. A private key
/// is never read as one.
pub(super) fn key_line(text: &str, directory: &Path) -> Result<String> {
    let line = if text.contains(' ') {
        text.to_owned()
    } else {
        let path = directory.join(text);
        let mut content = String::new();
        let reading = || format!("reading the key {}", path.display());
        let file = std::fs::File::open(&path).with_context(reading)?;
        file.take(LONGEST_KEY).read_to_string(&mut content).with_context(reading)?;
        content.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
    };
    PublicKey::from_openssh(&line).with_context(|| format!("`{text}` is no public key that can sign"))?;
    Ok(line)
}

/// Returns an id made of an address or a name: what stands before the `@`, in small letters.
pub(super) fn id_from(text: &str) -> String {
    let local = text.split(['@', '+']).next().unwrap_or_default();
    let plain = local.to_lowercase();
    let kept: String = plain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    kept.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_read_with_a_key_from_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let key = ssh_key::PublicKey::new(
            ssh_key::public::KeyData::Ed25519(ssh_key::public::Ed25519PublicKey(
                *ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key().as_bytes(),
            )),
            "grace@laptop",
        );
        let line = key.to_openssh().unwrap();
        std::fs::write(directory.path().join("grace.pub"), format!("{line}\n")).unwrap();
        let person = parse("grace:Grace Hopper:grace@example.com:grace.pub", directory.path()).unwrap();
        assert_eq!((person.name.as_str(), person.keys), ("Grace Hopper", vec![line.clone()]));
        assert_eq!(parse(&format!("g:G:g@example.com:{line}"), directory.path()).unwrap().keys, [line]);
    }

    #[test]
    fn what_is_no_person_is_refused() {
        for text in
            ["grace", "grace:Grace Hopper", ":Grace:g@example.com", "g:G:no-address", "g:G:g@example.com:/nowhere"]
        {
            assert!(parse(text, Path::new("/")).is_err(), "{text}");
        }
        assert!(key_line("ssh-ed25519 AAAA", Path::new("/")).is_err());
    }

    #[test]
    fn somebody_named_twice_has_both_roles() {
        let mut people = Vec::new();
        let grace = || person("grace", "Grace Hopper", "grace@example.com", Vec::new());
        add(&mut people, grace(), (true, false));
        add(&mut people, grace(), (false, true));
        assert_eq!(people.len(), 1);
        assert!(people[0].is_senior && people[0].is_release_manager);
        assert_eq!(people[0].emails, ["grace@example.com"]);
    }

    #[test]
    fn ids_come_from_addresses() {
        assert_eq!(id_from("Ada.Byron+work@example.com"), "ada-byron");
        assert_eq!(id_from("Grace Hopper"), "grace-hopper");
    }
}

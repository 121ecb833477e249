//! The attacks as their files tell them: what whoever attacks does, and what holds it off.

#![expect(clippy::panic, reason = "tests fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// One attack, with the script that tries it.
#[allow(dead_code, reason = "one test tries it, and another tells it")]
pub struct Attack {
    /// Its path below the folder of attacks, without its ending.
    pub name: String,
    /// Where its file lies.
    pub path: PathBuf,
    /// What whoever attacks does.
    pub attack: String,
    /// What holds it off.
    pub defense: String,
    /// Other tests of the same, as `file::name`.
    pub also: Vec<String>,
}

/// Returns the folder of attacks.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks")
}

/// Returns all attacks, in the order of their names.
pub fn attacks() -> Vec<Attack> {
    let mut found = Vec::new();
    let mut folders = vec![folder()];
    while let Some(place) = folders.pop() {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((!path.ends_with("words")).then_some(path));
            } else if path.extension().is_some_and(|ending| ending == "sh") && !path.ends_with("ground.sh") {
                found.push(read(path));
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(found.len() >= 100, "the attacks were not found");
    found
}

/// Reads the head of an attack's file: `# attack:`, `# defense:` and `# also:`, each continued by deeper comments.
fn read(path: PathBuf) -> Attack {
    let text = fs::read_to_string(&path).unwrap();
    let name = path.strip_prefix(folder()).unwrap().with_extension("").to_string_lossy().into_owned();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().map_while(|line| line.strip_prefix('#')) {
        let key = ["attack", "defense", "also"].into_iter().find_map(|key| {
            line.strip_prefix(' ')?
                .strip_prefix(key)?
                .strip_prefix(':')
                .map(|rest| (key.to_owned(), rest.trim().to_owned()))
        });
        match (key, fields.last_mut()) {
            (Some(field), _) => fields.push(field),
            (None, Some((_, before))) => *before = format!("{before} {}", line.trim()),
            (None, None) => panic!("{name}: begin with `# attack: …`"),
        }
    }
    let only = |wanted: &str| {
        let mut found = fields.iter().filter(|(key, _)| key == wanted).map(|(_, value)| value.clone());
        let one = found.next().unwrap_or_else(|| panic!("{name}: `# {wanted}: …` is missing"));
        assert!(found.next().is_none() && !one.is_empty(), "{name}: one `# {wanted}: …`, and not an empty one");
        one
    };
    let also = fields.iter().filter(|(key, _)| key == "also").map(|(_, value)| value.clone()).collect();
    Attack { attack: only("attack"), defense: only("defense"), also, name, path }
}

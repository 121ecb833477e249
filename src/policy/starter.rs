//! The policy that `init` writes: commented, ready to be edited, without a mistake in it.
//!
//! The text is a profile's; what is known already about people and targets takes the place of its
//! examples.

use super::Profile;
use super::yaml::Plain;

/// What is known when a policy is first written. Everything may be left empty: examples stand in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StarterOptions {
    /// How far duties are kept apart.
    pub profile: Profile,
    /// People; at least one senior and one release manager among them, or examples are used.
    pub people: Vec<StarterPerson>,
    /// Globs of the refs to guard, with full names.
    pub refs: Vec<String>,
    /// Names of the environments to guard.
    pub environments: Vec<String>,
}

/// A person for the first policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StarterPerson {
    /// The id: letters, digits, `-`, `_`, `.`.
    pub id: String,
    /// Full name.
    pub name: String,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Accounts: provider, login, and the provider's number where it is known.
    pub accounts: Vec<(String, String, Option<u64>)>,
    /// Lines of `.pub` files.
    pub keys: Vec<String>,
    /// Whether the person holds `senior`.
    pub is_senior: bool,
    /// Whether the person holds `release-manager`.
    pub is_release_manager: bool,
}

/// Returns the text of a first policy. What the options hold is quoted, not checked: load the text
/// before it is written.
#[must_use]
pub fn starter(options: &StarterOptions) -> String {
    let has = |is: fn(&StarterPerson) -> bool| options.people.iter().any(is);
    let use_people = has(|person| person.is_senior) && has(|person| person.is_release_manager);
    let mut text = String::new();
    let mut lines = options.profile.template().lines();
    while let Some(line) = lines.next() {
        let Some(mark) = line.trim().strip_prefix("#<").and_then(|rest| rest.strip_suffix('>')) else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        let end = format!("#</{mark}>");
        let example: String = lines.by_ref().take_while(|line| line.trim() != end).map(|l| format!("{l}\n")).collect();
        let known = match mark {
            "people" if use_people => Some(options.people.iter().map(person).collect()),
            "roles" if use_people => Some(roles(&options.people)),
            "targets" => targets(options),
            "releases" => releases(options),
            "destroys" => Some(destroys(options, use_people, &example)),
            _ => None,
        };
        text.push_str(&known.unwrap_or(example));
    }
    text
}

/// Writes a text so that YAML reads it back as it is.
fn scalar(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@' | '/' | '-' | '+');
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts_well && text.chars().all(harmless) && Plain::of(text) == Plain::Text {
        return text.to_owned();
    }
    // JSON's strings are YAML's.
    serde_json::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| scalar(text)).collect::<Vec<_>>().join(", "))
}

fn person(person: &StarterPerson) -> String {
    let mut text = format!("  {}:\n", scalar(&person.id));
    if !person.name.is_empty() {
        text += &format!("    name: {}\n", scalar(&person.name));
    }
    if !person.emails.is_empty() {
        text += &format!("    emails: {}\n", list(&person.emails));
    }
    let account = |(provider, login, id): &(String, String, Option<u64>)| match id {
        Some(id) => format!("{}: {{ login: {}, id: {id} }}", scalar(provider), scalar(login)),
        None => format!("{}: {}", scalar(provider), scalar(login)),
    };
    if !person.accounts.is_empty() {
        let accounts: Vec<_> = person.accounts.iter().map(account).collect();
        text += &format!("    accounts: {{ {} }}\n", accounts.join(", "));
    }
    if !person.keys.is_empty() {
        text += "    keys:\n";
        person.keys.iter().for_each(|key| text += &format!("      - {}\n", scalar(key.trim())));
    }
    if text.lines().count() == 1 { format!("  {}: {{}}\n", scalar(&person.id)) } else { text }
}

fn roles(people: &[StarterPerson]) -> String {
    let ids = |is: fn(&StarterPerson) -> bool| {
        list(&people.iter().filter(|person| is(person)).map(|person| person.id.clone()).collect::<Vec<_>>())
    };
    let (seniors, managers) = (ids(|person| person.is_senior), ids(|person| person.is_release_manager));
    format!("  senior:          {{ people: {seniors} }}\n  release-manager: {{ people: {managers} }}\n")
}

/// Writes what gates guard; none when nothing is known.
fn targets(options: &StarterOptions) -> Option<String> {
    if options.refs.is_empty() && options.environments.is_empty() {
        return None;
    }
    let mut text = String::new();
    if !options.refs.is_empty() {
        text += &format!("    refs: {}\n", list(&options.refs));
    }
    if !options.environments.is_empty() {
        text += &format!("    environments: {}\n", list(&options.environments));
    }
    Some(text)
}

/// Writes what a gate for releases guards: the release branches and version tags of the example, and
/// the environments that are known.
fn releases(options: &StarterOptions) -> Option<String> {
    targets(options)?;
    let mut text = "    refs: [\"refs/heads/release/**\", \"refs/tags/v*\"]\n".to_owned();
    if !options.environments.is_empty() {
        text += &format!("    environments: {}\n", list(&options.environments));
    }
    Some(text)
}

/// Writes the gate for deployments that destroy something, in the default profile with as many
/// seniors as there are. The others promise what they ask for: too few people are a warning there.
fn destroys(options: &StarterOptions, use_people: bool, example: &str) -> String {
    let is_known = !options.refs.is_empty() || !options.environments.is_empty();
    if is_known && options.environments.is_empty() {
        return String::new();
    }
    let mut text = example.to_owned();
    if is_known {
        text = text.replace("environments: [production]", &format!("environments: {}", list(&options.environments)));
    }
    let seniors = options.people.iter().filter(|person| person.is_senior).count();
    if options.profile == Profile::Senior && use_people && seniors < 2 {
        text = text.replace("count: 2", "count: 1");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Loaded, load};

    fn loaded(options: &StarterOptions) -> (String, Loaded) {
        let text = starter(options);
        assert!(!text.contains("#<") && !text.contains("#</"), "{text}");
        match load(text.as_bytes(), "starter") {
            Ok(loaded) => (text, loaded),
            Err(errors) => panic!("{errors}\n{text}"),
        }
    }

    fn grace() -> StarterPerson {
        StarterPerson {
            id: "grace".to_owned(),
            name: "Grace \"Amazing\" Hopper: yes".to_owned(),
            emails: vec!["grace@example.com".to_owned()],
            accounts: vec![
                ("plain".to_owned(), "007".to_owned(), None),
                ("github".to_owned(), "grace".to_owned(), Some(42)),
            ],
            keys: vec![
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIld+BQgfq1No3YZX6flzPlsuNaJBCIqChnWWLd/Zn8C g#1 - \"x\"\n"
                    .to_owned(),
            ],
            is_senior: true,
            is_release_manager: false,
        }
    }

    #[test]
    fn the_first_policy_loads_without_a_word() {
        let (_, loaded) = loaded(&StarterOptions::default());
        assert_eq!(loaded.warnings, []);
        assert_eq!(loaded.policy.gates.len(), 3);
        // What the template spells out as defaults are the defaults.
        let bare = load(b"version: 1\ngates: []\n", "bare").unwrap().policy;
        assert_eq!(loaded.policy.limits, bare.limits);
        assert_eq!(loaded.policy.protect, bare.protect);
        assert_eq!(format!("{:?}", loaded.policy.overrides), format!("{:?}", bare.overrides));
        assert_eq!(format!("{:?}", loaded.policy.sign_offs), format!("{:?}", bare.sign_offs));
    }

    #[test]
    fn every_profile_loads_without_a_word_and_is_explained() {
        for profile in Profile::ALL {
            assert_eq!(Profile::named(profile.name()), Some(profile));
            let (text, loaded) = loaded(&StarterOptions { profile, ..StarterOptions::default() });
            assert_eq!(loaded.warnings, [], "{}", profile.name());
            assert!(text.contains(&format!("# Profile: {}.", profile.name())), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 110 || line.contains("keys:")), "{text}");
            let prose = crate::policy::explain(&loaded.policy);
            for gate in &loaded.policy.gates {
                assert!(prose.contains(&format!("Gate \"{}\"", gate.name)), "{prose}");
            }
        }
        assert_eq!(Profile::named("lax"), None);
    }

    #[test]
    fn what_is_known_takes_the_place_of_the_examples() {
        let dana = StarterPerson {
            id: "no".to_owned(),
            is_release_manager: true,
            accounts: vec![("plain".to_owned(), "dana".to_owned(), None)],
            ..StarterPerson::default()
        };
        let options = StarterOptions {
            people: vec![grace(), dana],
            refs: vec!["refs/heads/trunk".to_owned(), "refs/heads/{a,b}".to_owned()],
            environments: vec!["eu: 1".to_owned()],
            ..StarterOptions::default()
        };
        let (text, loaded) = loaded(&options);
        assert!(!text.contains("example: put"), "{text}");
        let policy = loaded.policy;
        assert_eq!(policy.people.keys().collect::<Vec<_>>(), ["grace", "no"]);
        let grace = &policy.people["grace"];
        assert_eq!(grace.name, "Grace \"Amazing\" Hopper: yes");
        assert_eq!(grace.accounts[0].0.login, "007");
        assert_eq!(grace.accounts[1].1, Some(42));
        assert_eq!(grace.keys.len(), 1);
        assert_eq!(policy.gates[2].environments[0].as_str(), "eu: 1");
        assert_eq!(policy.gates[2].require[0].count, 1);
        assert_eq!(policy.gates[0].refs.len(), 2);
    }

    #[test]
    fn without_environments_there_is_no_gate_for_plans() {
        let options = StarterOptions { refs: vec!["refs/heads/main".to_owned()], ..StarterOptions::default() };
        let (_, loaded) = loaded(&options);
        assert_eq!(loaded.policy.gates.len(), 2);
        assert!(loaded.policy.gates.iter().all(|gate| gate.environments.is_empty()));
    }

    #[test]
    fn people_without_a_senior_leave_the_examples() {
        let options = StarterOptions { people: vec![grace()], ..StarterOptions::default() };
        let (_, loaded) = loaded(&options);
        assert!(loaded.policy.people.contains_key("barbara"));
    }
}

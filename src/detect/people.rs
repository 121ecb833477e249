//! Reads who is named in a trailer's value: `Name <address>`, and everything that people write
//! instead of it: no brackets, no address, `@login`, several people on one line.

use crate::model::{Account, Identity};

/// Somebody as a trailer names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The name; may be empty.
    pub name: String,
    /// The address, if one is given.
    pub email: Option<String>,
    /// The login, if they are named as `@login`.
    pub login: Option<String>,
}

impl Named {
    /// Returns them as an identity.
    pub fn to_identity(&self) -> Identity {
        Identity {
            account: self.login.as_ref().map(|login| Account { provider: "github".to_owned(), login: login.clone() }),
            email: self.email.clone(),
            name: Some(self.name.clone()).filter(|name| !name.is_empty()),
            ..Identity::default()
        }
    }
}

/// Signs that frame a value and belong to nobody's name.
fn is_frame(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | '*' | '_' | ',' | ';' | '&' | '|' | '│' | '┃' | '.' | ':' | '-' | '<' | '>' | '~'
        )
}

/// Returns the people that a value names, in order.
pub fn people(value: &str) -> Vec<Named> {
    let value: String = value.chars().map(plain_bracket).collect();
    let value = if value.contains("&lt;") { value.replace("&lt;", "<").replace("&gt;", ">") } else { value };
    let value = value.trim_matches(|c: char| is_frame(c) && c != '<' && c != '>').trim();
    let mut found = Vec::new();
    let mut rest = value;
    while let Some((name, behind)) = rest.split_once('<') {
        let (inner, behind) = behind.split_once('>').unwrap_or((behind, ""));
        let email: String = inner.chars().filter(|c| !c.is_whitespace()).collect();
        let email = email.strip_prefix("mailto:").unwrap_or(&email);
        if email.contains('@') && email.len() > 1 {
            // Who stands in front without an address is somebody else: `Ada, Bob <bob@…>`.
            let (others, name) = name.rsplit_once([',', ';', '&']).unwrap_or(("", name));
            found.extend(bare(others));
            found.push(Named { name: tidy(name), email: Some(email.to_owned()), login: None });
        } else {
            found.extend(bare(name));
        }
        rest = behind;
    }
    let starts_a_list = rest.trim_start().starts_with([',', ';', '&']) || rest.trim_start().starts_with("and ");
    if found.is_empty() || starts_a_list || rest.contains('@') {
        found.extend(bare(rest));
    }
    found
}

/// People without brackets.
fn bare(text: &str) -> Vec<Named> {
    if !text.contains('@') {
        return names(text);
    }
    let mut found = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let bare_word = word
            .trim_matches(|c: char| is_frame(c) && !matches!(c, '_' | '-') || matches!(c, '(' | ')' | '{' | '}'))
            .trim_matches(['[', ']']);
        let bare_word = bare_word.strip_prefix("mailto:").unwrap_or(bare_word);
        match bare_word.split_once('@') {
            Some(("", login)) if !login.is_empty() => {
                let login = if word.contains("[bot]") && !login.ends_with(']') {
                    format!("{login}]")
                } else {
                    login.to_owned()
                };
                let name = if words.is_empty() { login.clone() } else { tidy(&words.join(" ")) };
                found.push(Named { name, email: None, login: Some(login) });
                words.clear();
            }
            Some((_, domain)) if !domain.is_empty() => {
                found.push(Named { name: tidy(&words.join(" ")), email: Some(bare_word.to_owned()), login: None });
                words.clear();
            }
            _ => words.push(word),
        }
    }
    found
}

/// People by their names alone.
fn names(text: &str) -> Vec<Named> {
    text.split([',', ';', '&'])
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" + "))
        .map(tidy)
        .filter(|name| !is_nobody(name))
        .map(|name| Named { name, ..Named::default() })
        .collect()
}

fn tidy(name: &str) -> String {
    let name = name.trim_matches(is_frame);
    let name = name.strip_prefix("and ").unwrap_or(name);
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Tells whether a value says that there is nobody.
pub fn is_nobody(name: &str) -> bool {
    let name = name.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    matches!(
        name.as_str(),
        "" | "none"
            | "no"
            | "n/a"
            | "na"
            | "nobody"
            | "no one"
            | "nil"
            | "null"
            | "false"
            | "not applicable"
            | "no ai"
            | "human"
            | "humans"
    )
}

fn plain_bracket(c: char) -> char {
    match c {
        '\u{2039}' | '\u{27e8}' | '\u{2329}' | '\u{3008}' | '\u{ff1c}' | '\u{fe64}' => '<',
        '\u{203a}' | '\u{27e9}' | '\u{232a}' | '\u{3009}' | '\u{ff1e}' | '\u{fe65}' => '>',
        '\u{fe6b}' | '\u{ff20}' => '@',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Vec<(String, String)> {
        people(value)
            .into_iter()
            .map(|named| (named.name, named.email.or(named.login.map(|login| format!("@{login}"))).unwrap_or_default()))
            .collect()
    }

    #[test]
    fn people_are_read_as_people_write_them() {
        for (value, expected) in [
            ("Kiro <kiro@amazon.com>", &[("Kiro", "kiro@amazon.com")][..]),
            ("  Kiro < kiro@amazon.com ", &[("Kiro", "kiro@amazon.com")]),
            ("OpenHands-GPT-5 openhands@all-hands.dev", &[("OpenHands-GPT-5", "openhands@all-hands.dev")]),
            ("Kiro (kiro@amazon.com)", &[("Kiro", "kiro@amazon.com")]),
            ("kiro@amazon.com", &[("", "kiro@amazon.com")]),
            ("Codex", &[("Codex", "")]),
            ("@kiro-agent", &[("kiro-agent", "@kiro-agent")]),
            ("@cursor[bot]", &[("cursor[bot]", "@cursor[bot]")]),
            (
                "Ada Byron <ada@example.com>, Bob Developer <bob@example.com>",
                &[("Ada Byron", "ada@example.com"), ("Bob Developer", "bob@example.com")],
            ),
            (
                "Ada Byron <ada@example.com> and Bob Developer <bob@example.com>",
                &[("Ada Byron", "ada@example.com"), ("Bob Developer", "bob@example.com")],
            ),
            ("Ada Byron, Bob Developer", &[("Ada Byron", ""), ("Bob Developer", "")]),
            ("Ada Byron + Bob Developer", &[("Ada Byron", ""), ("Bob Developer", "")]),
            ("Ada Byron, Bob <bob@example.com>", &[("Ada Byron", ""), ("Bob", "bob@example.com")]),
            ("Ada <ada@example.com> (pairing)", &[("Ada", "ada@example.com")]),
            ("Ａda ＜ada＠example.com＞", &[("Ａda", "ada@example.com")]),
            ("`Kiro <kiro@amazon.com>`", &[("Kiro", "kiro@amazon.com")]),
            ("Ada &lt;ada@example.com&gt;", &[("Ada", "ada@example.com")]),
            ("Ada <mailto:ada@example.com>", &[("Ada", "ada@example.com")]),
            ("none", &[]),
            ("", &[]),
            ("N/A", &[]),
            ("<>", &[]),
        ] {
            let expected: Vec<_> =
                expected.iter().map(|(name, email)| ((*name).to_owned(), (*email).to_owned())).collect();
            assert_eq!(read(value), expected, "{value}");
        }
    }
}

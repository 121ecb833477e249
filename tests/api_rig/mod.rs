//! A shop whose service has an API, and programs that ask it.

#![allow(dead_code, reason = "every test file uses another part of it")]
#![allow(clippy::disallowed_methods, reason = "tests start programs")]

use std::collections::BTreeMap;
use std::process::Command;

use countersign::server::api::{Owner, Scope, Token, digest, generate};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::serve_rig::Shop;
use super::serve_support::{Answer, send};

/// A token, with its text.
pub struct Pass {
    pub token: Token,
    pub secret: SecretString,
}

impl Pass {
    pub fn new(name: &str, scopes: &[Scope]) -> Self {
        let secret = generate().unwrap();
        let token = Token {
            name: name.to_owned(),
            digest: digest(&secret),
            scopes: scopes.to_vec(),
            repositories: Vec::new(),
            expires: jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1),
            owner: None,
        };
        Self { token, secret }
    }

    pub fn for_repository(mut self, name: &str) -> Self {
        self.token.repositories.push(name.to_owned());
        self
    }

    pub fn of(mut self, login: &str, id: u64) -> Self {
        self.token.owner = Some(Owner { login: login.to_owned(), id });
        self
    }

    pub fn expired(mut self) -> Self {
        self.token.expires = jiff::Timestamp::now();
        self
    }

    pub fn text(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// Starts a shop's service anew, with these tokens and flags.
pub fn open_api(shop: &mut Shop, passes: &[&Pass], flags: &[&str]) {
    let lines: Vec<String> = passes.iter().map(|pass| pass.token.to_string()).collect();
    shop.secret("api-tokens", &format!("# who may ask\n{}\n", lines.join("\n")));
    let file = shop.directory.path().join("api-tokens");
    shop.kill();
    shop.way.arguments = vec!["--api-tokens-file".to_owned(), file.display().to_string()];
    shop.way.arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
    shop.start();
}

/// Sends a request; `path` comes after `/api/v1`.
pub fn ask(shop: &Shop, method: &str, path: &str, pass: Option<&Pass>, more: &str, body: &str) -> Answer {
    let shown = pass.map(|pass| format!("Authorization: Bearer {}\r\n", pass.text())).unwrap_or_default();
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head =
        format!("{method} /api/v1{path} HTTP/1.1\r\nHost: x\r\n{shown}{more}{length}Connection: close\r\n\r\n{body}");
    send(shop.address(), head.as_bytes())
}

/// Asks for JSON that must be there.
pub fn get(shop: &Shop, path: &str, pass: &Pass) -> Value {
    let answer = ask(shop, "GET", path, Some(pass), "", "");
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    assert_eq!(answer.headers["content-type"], "application/json", "{path}");
    answer.json()
}

/// Asks for plain text that must be there.
pub fn get_text(shop: &Shop, path: &str, pass: &Pass) -> String {
    let answer = ask(shop, "GET", path, Some(pass), "Accept: text/plain\r\n", "");
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "text/plain; charset=utf-8"), "{path}");
    answer.body
}

/// Makes sure that an answer is a problem of this kind.
pub fn assert_problem(answer: &Answer, status: u16, word: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{answer:?}");
    let problem = answer.json();
    assert_eq!(problem["type"], format!("urn:countersign:problem:{word}"), "{problem}");
    assert_eq!(problem["status"], status);
    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
}

/// Runs the program and returns what it prints.
pub fn program(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign")).env_clear().args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns every row of every table of an SQLite file.
pub fn rows(path: &std::path::Path) -> BTreeMap<String, Vec<String>> {
    let database = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let all = names.into_iter().map(|name| {
        let mut statement = database.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let width = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            (0..width).map(|column| row.get::<_, rusqlite::types::Value>(column)).collect::<Result<Vec<_>, _>>()
        };
        let mut rows: Vec<String> =
            statement.query_map([], row).unwrap().map(|row| format!("{:?}", row.unwrap())).collect();
        rows.sort();
        (name, rows)
    });
    all.collect()
}

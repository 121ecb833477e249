//! What `ALTER` destroys: columns, constraints, what a column's values were.

use super::super::{Loss, LossKind};
use super::shown;
use super::statement::nothing_else;
use super::tokens::Token;

/// What may be altered, besides tables.
const ALTERED: [&str; 19] = [
    "COLLATION",
    "DATABASE",
    "DEFAULT",
    "DOMAIN",
    "EXTENSION",
    "FUNCTION",
    "GROUP",
    "INDEX",
    "MATERIALIZED",
    "POLICY",
    "PROCEDURE",
    "PUBLICATION",
    "ROLE",
    "SCHEMA",
    "SEQUENCE",
    "TRIGGER",
    "TYPE",
    "USER",
    "VIEW",
];
/// Changes of a table that keep everything in it.
const KEEPING: [&str; 17] = [
    "ADD",
    "ALGORITHM",
    "ATTACH",
    "AUTO_INCREMENT",
    "CLUSTER",
    "COMMENT",
    "DETACH",
    "DISABLE",
    "ENABLE",
    "FORCE",
    "INHERIT",
    "LOCK",
    "OWNER",
    "RENAME",
    "REPLICA",
    "SET",
    "VALIDATE",
];

/// Returns what an `ALTER` destroys.
///
/// # Errors
/// What keeps it from being told.
pub(super) fn losses(tokens: &[Token]) -> Result<Vec<Loss>, String> {
    let unknown = || "alters what is not known here".to_owned();
    let Some(Token::Word(what)) = tokens.get(1) else { return Err(unknown()) };
    let rest = tokens.get(2..).unwrap_or_default();
    if what == "TABLE" {
        return table(tokens, rest);
    }
    if !ALTERED.contains(&what.as_str()) {
        return Err(unknown());
    }
    let drops =
        rest.iter().enumerate().any(|(place, token)| token.is("DROP") && !rest.get(place + 1).is_some_and(is_no_loss));
    if drops {
        return Ok(vec![Loss { address: shown(tokens), how: LossKind::Destroyed, why: None }]);
    }
    let others: Vec<Token> = rest.iter().filter(|token| !token.is("DROP")).cloned().collect();
    nothing_else(&others)
}

/// Reads the changes of a table, one by one.
fn table(tokens: &[Token], rest: &[Token]) -> Result<Vec<Loss>, String> {
    let mut worst: Option<(LossKind, Option<&str>)> = None;
    for change in changes(rest)? {
        let found = one(change)?;
        worst = match (worst, found) {
            (Some((LossKind::Destroyed, why)), _) => Some((LossKind::Destroyed, why)),
            (before, found) => found.or(before),
        };
    }
    let loss = worst.map(|(how, why)| Loss { address: shown(tokens), how, why: why.map(str::to_owned) });
    Ok(loss.into_iter().collect())
}

/// Returns what a change loses.
fn one(change: &[Token]) -> Result<Option<(LossKind, Option<&'static str>)>, String> {
    let Some(Token::Word(first)) = change.first() else { return Err("alters a table in an unknown way".to_owned()) };
    let rest = change.get(1..).unwrap_or_default();
    let of_column = Some("a column's type, and so what fits into it");
    match first.as_str() {
        "DROP" => Ok(Some((LossKind::Destroyed, None))),
        "CLEAR" | "DELETE" | "DISCARD" | "TRUNCATE" => Ok(Some((LossKind::Destroyed, Some("rows")))),
        "MODIFY" | "CHANGE" | "CONVERT" => nothing_else(rest).map(|_| Some((LossKind::MaybeReplaced, of_column))),
        "ENGINE" => nothing_else(rest).map(|_| Some((LossKind::MaybeReplaced, Some("where the table is kept")))),
        "ALTER" => column(rest),
        keeping if KEEPING.contains(&keeping) => nothing_else(rest).map(|_| None),
        other => Err(format!("alters a table by {}, which is not known here", other.escape_default())),
    }
}

/// Reads `ALTER [COLUMN] NAME …`.
fn column(rest: &[Token]) -> Result<Option<(LossKind, Option<&'static str>)>, String> {
    let rest =
        if rest.first().is_some_and(|token| token.is("COLUMN")) { rest.get(1..).unwrap_or_default() } else { rest };
    let (action, behind) = match rest {
        [_, action, behind @ ..] => (action, behind),
        _ => return Err("alters a column in an unknown way".to_owned()),
    };
    if action.is("DROP") && behind.first().is_some_and(is_no_loss) {
        return nothing_else(behind).map(|_| None);
    }
    let is_type = behind.iter().take(2).any(|token| token.is("TYPE"));
    if (action.is("SET") && !is_type) || action.is("RESET") || action.is("RESTART") || action.is("ADD") {
        return nothing_else(behind).map(|_| None);
    }
    nothing_else(behind).map(|_| Some((LossKind::MaybeReplaced, Some("a column's type, and so what fits into it"))))
}

/// Tells whether a `DROP` before this word takes nothing away that is stored.
fn is_no_loss(token: &Token) -> bool {
    ["DEFAULT", "EXPRESSION", "IDENTITY", "NOT"].iter().any(|word| token.is(word))
}

/// Splits what follows `ALTER TABLE` into the table's changes.
fn changes(rest: &[Token]) -> Result<Vec<&[Token]>, String> {
    let mut start = 0;
    while rest.get(start).is_some_and(|token| ["IF", "EXISTS", "ONLY"].iter().any(|word| token.is(word))) {
        start += 1;
    }
    // The name, with what it stands in.
    start += 1;
    while rest.get(start) == Some(&Token::Symbol('.')) {
        start += 2;
    }
    if rest.get(start) == Some(&Token::Symbol('*')) {
        start += 1;
    }
    let rest = rest.get(start..).filter(|rest| !rest.is_empty()).ok_or("alters a table in no way")?;
    let mut depth = 0_usize;
    let is_comma = |token: &Token| {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Symbol(',')
    };
    Ok(rest.split(is_comma).collect())
}

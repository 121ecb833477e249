//! What one statement destroys.

use super::super::{Loss, LossKind};
use super::alter;
use super::shown;
use super::tokens::Token;

/// Statements that change nothing that is stored, whatever follows their first word.
const HARMLESS: [&str; 21] = [
    "ABORT",
    "ANALYZE",
    "CHECKPOINT",
    "CLUSTER",
    "COMMENT",
    "COMMIT",
    "GRANT",
    "LISTEN",
    "LOCK",
    "NOTIFY",
    "REFRESH",
    "REINDEX",
    "RELEASE",
    "RESET",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "SET",
    "SHOW",
    "UNLOCK",
    "VACUUM",
];
/// Words that do something wherever they stand, and what they follow where they do not.
const DOING: [(&str, &[&str]); 12] = [
    ("ALTER", &[]),
    ("CALL", &[]),
    ("DELETE", &["AFTER", "BEFORE", "FOR", "OF", "ON", "OR"]),
    ("DISCARD", &[]),
    ("DROP", &[]),
    ("EXEC", &[]),
    ("GO", &[]),
    ("INSTEAD", &[]),
    ("MERGE", &[]),
    ("PURGE", &[]),
    ("TRUNCATE", &["AFTER", "BEFORE", "OR"]),
    ("UPDATE", &["AFTER", "BEFORE", "DO", "FOR", "KEY", "OF", "ON", "OR", "THEN"]),
];
/// What may be called in a query: none of it changes anything but a sequence.
const CALLED: [&str; 20] = [
    "AS",
    "AVG",
    "CAST",
    "COALESCE",
    "COUNT",
    "CURRVAL",
    "EXISTS",
    "FROM",
    "IN",
    "LOWER",
    "MAX",
    "MIN",
    "NEXTVAL",
    "NOW",
    "PG_GET_SERIAL_SEQUENCE",
    "SETVAL",
    "SET_CONFIG",
    "SUM",
    "UPPER",
    "VALUES",
];

/// Returns what a statement destroys.
///
/// # Errors
/// What keeps it from being told, to follow "the statement in line N".
pub(super) fn losses(tokens: &[Token]) -> Result<Vec<Loss>, String> {
    let Some(Token::Word(first)) = tokens.first() else {
        return Err("begins with no word that is known here".to_owned());
    };
    let rest = tokens.get(1..).unwrap_or_default();
    let one = |how: LossKind, why: &str| Loss { address: shown(tokens), how, why: Some(why.to_owned()) };
    match first.as_str() {
        "DROP" => only(rest, Loss { address: shown(tokens), how: LossKind::Destroyed, why: None }),
        "TRUNCATE" => only(rest, one(LossKind::Destroyed, "all rows")),
        "DELETE" => {
            let why = if is_limited(rest) { "the rows that its condition names" } else { "all rows" };
            only(rest, one(LossKind::Destroyed, why))
        }
        "UPDATE" => {
            let done = nothing_else(rest)?;
            Ok(if is_limited(rest) { done } else { vec![one(LossKind::Replaced, "all rows")] })
        }
        "REPLACE" => only(rest, one(LossKind::Replaced, "rows that are there already")),
        "ALTER" => alter::losses(tokens),
        "CREATE" => create(tokens, rest),
        "INSERT" if rest.iter().take(2).any(|token| token.is("REPLACE") || token.is("OVERWRITE")) => {
            only(rest, one(LossKind::Replaced, "rows that are there already"))
        }
        "INSERT" => nothing_else(rest),
        "SELECT" | "VALUES" | "WITH" => query(rest),
        "BEGIN" | "START" | "END" => transaction(first, rest),
        harmless if HARMLESS.contains(&harmless) => {
            // What may be granted has the names of what does something.
            if matches!(harmless, "GRANT" | "REVOKE") { Ok(Vec::new()) } else { nothing_else(rest) }
        }
        other => Err(format!("begins with {}, and may do anything", other.escape_default())),
    }
}

/// Returns a loss, if nothing else is done in the same breath: not every database needs an end between statements.
fn only(rest: &[Token], loss: Loss) -> Result<Vec<Loss>, String> {
    nothing_else(rest).map(|_| vec![loss])
}

/// Checks that no word in the rest of a statement does something of its own.
pub(super) fn nothing_else(rest: &[Token]) -> Result<Vec<Loss>, String> {
    let mut before: Option<&Token> = None;
    for token in rest {
        let doing = DOING.iter().find(|(word, _)| token.is(word));
        if let Some((word, after)) = doing
            && !before.is_some_and(|before| after.iter().any(|word| before.is(word)))
            && !before.is_some_and(|before| *before == Token::Symbol('.'))
        {
            return Err(format!("has {word} in its middle, and what that does is not known here"));
        }
        before = Some(token);
    }
    Ok(Vec::new())
}

fn create(tokens: &[Token], rest: &[Token]) -> Result<Vec<Loss>, String> {
    nothing_else(rest)?;
    let words = ["OR", "REPLACE"];
    let replaces = rest.iter().zip(words).filter(|(token, word)| token.is(word)).count() == words.len();
    let is_table = rest.iter().skip(2).take(2).any(|token| token.is("TABLE") || token.is("DATABASE"));
    if replaces && is_table {
        let why = Some("with everything in it".to_owned());
        return Ok(vec![Loss { address: shown(tokens), how: LossKind::Replaced, why }]);
    }
    Ok(Vec::new())
}

/// A query does nothing but what the functions in it do.
fn query(rest: &[Token]) -> Result<Vec<Loss>, String> {
    nothing_else(rest)?;
    if rest.iter().any(|token| token.is("UPDATE") || token.is("DELETE")) {
        return Err("is a query that changes something".to_owned());
    }
    for pair in rest.windows(2) {
        if let [Token::Word(word), Token::Symbol('(')] = pair
            && !CALLED.contains(&word.as_str())
        {
            return Err(format!("calls {}, and what that does is not known here", word.escape_default()));
        }
        if let [Token::Name(_), Token::Symbol('(')] = pair {
            return Err("calls a function, and what that does is not known here".to_owned());
        }
    }
    Ok(Vec::new())
}

/// `BEGIN` and `END` also stand around blocks of code.
fn transaction(first: &str, rest: &[Token]) -> Result<Vec<Loss>, String> {
    const SAID: [&str; 18] = [
        "AND",
        "CHAIN",
        "COMMITTED",
        "CONCURRENT",
        "DEFERRABLE",
        "DEFERRED",
        "EXCLUSIVE",
        "IMMEDIATE",
        "ISOLATION",
        "LEVEL",
        "NO",
        "ONLY",
        "READ",
        "REPEATABLE",
        "SERIALIZABLE",
        "TRANSACTION",
        "WORK",
        "WRITE",
    ];
    let is_said = |token: &Token| SAID.iter().any(|word| token.is(word)) || *token == Token::Symbol(',');
    if rest.iter().all(is_said) { Ok(Vec::new()) } else { Err(format!("begins a block of code with {first}")) }
}

/// Tells whether a condition of the statement itself names something.
fn is_limited(rest: &[Token]) -> bool {
    const SAYING_NOTHING: [&str; 6] = ["AND", "IS", "NOT", "NULL", "OR", "TRUE"];
    let mut depth = 0_usize;
    let mut condition = None;
    for (place, token) in rest.iter().enumerate() {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            token if token.is("WHERE") && depth == 0 => condition = rest.get(place + 1..),
            _ => {}
        }
    }
    let says = |token: &Token| match token {
        Token::Word(word) => !SAYING_NOTHING.contains(&word.as_str()),
        Token::Name(_) => true,
        Token::Text | Token::Number | Token::Symbol(_) => false,
    };
    condition.is_some_and(|condition| condition.iter().any(says))
}

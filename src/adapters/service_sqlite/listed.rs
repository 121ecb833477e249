//! Lists of pull requests, page by page.

use rusqlite::{Connection, params};

use super::known::changes as found;
use crate::adapters::service::{after, signed, text};
use crate::inbox::{ChangeQuery, KnownChange, StoreError};

/// Returns the pull requests that a query lets through.
pub(super) fn changes(connection: &Connection, query: &ChangeQuery) -> Result<Vec<KnownChange>, StoreError> {
    let condition = "WHERE (installation, repository, number) > (?1, ?2, ?3)
           AND (?4 IS NULL OR name IN (SELECT value FROM json_each(?4)))
           AND (?5 IS NULL OR number = ?5) AND (?6 IS NULL OR head = ?6) AND (?7 IS NULL OR target = ?7)
           AND (?8 IS NULL OR open = ?8) AND (?9 IS NULL OR permitted = ?9)
         ORDER BY installation, repository, number LIMIT ?10";
    let [installation, repository, number] = after(query)?;
    let names: Vec<_> = query.repositories.iter().map(|name| text(name)).collect();
    let names = (!names.is_empty()).then(|| serde_json::Value::from_iter(names).to_string());
    let values = params![
        installation,
        repository,
        number,
        names,
        query.number.map(signed).transpose()?,
        query.head.as_ref().map(crate::model::Oid::as_bytes),
        query.target.as_deref().map(text),
        query.open,
        query.permitted,
        i64::try_from(query.most).unwrap_or(i64::MAX),
    ];
    found(connection, condition, values)
}

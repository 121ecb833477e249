//! Lists of pull requests, page by page.

use super::connection::Connection;
use super::failure::Failure;
use super::known::{changes as found, select_changes};
use crate::adapters::service::{after, signed, text};
use crate::inbox::{ChangeQuery, KnownChange};
use crate::model::Oid;

/// Returns the pull requests that a query lets through.
pub(super) fn changes(connection: &mut Connection, query: &ChangeQuery) -> Result<Vec<KnownChange>, Failure> {
    let sql = select_changes!(
        "WHERE (installation, repository, number) > ($1, $2, $3)
           AND ($4::text[] IS NULL OR name = ANY($4))
           AND ($5::bigint IS NULL OR number = $5) AND ($6::bytea IS NULL OR head = $6)
           AND ($7::text IS NULL OR target = $7)
           AND ($8::boolean IS NULL OR open = $8) AND ($9::boolean IS NULL OR permitted = $9)
         ORDER BY installation, repository, number LIMIT $10"
    );
    let [installation, repository, number] = after(query)?;
    let names: Vec<_> = query.repositories.iter().map(|name| text(name)).collect();
    let names = (!names.is_empty()).then_some(names);
    let most = i64::try_from(query.most).unwrap_or(i64::MAX);
    let head = query.head.as_ref().map(Oid::as_bytes);
    let (wanted, target) = (query.number.map(signed).transpose()?, query.target.as_deref().map(text));
    found(
        connection,
        sql,
        &[&installation, &repository, &number, &names, &wanted, &head, &target, &query.open, &query.permitted, &most],
    )
}

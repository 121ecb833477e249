//! What an audit asks of the database itself.

use super::connection::Rows;
use super::failure::ledger_failure;
use crate::audit::error::LedgerError;
use crate::audit::store::RowCounts;

/// Counts the ledger's rows by reading the tables, not their indexes: a row that an index lost is counted.
pub(super) fn count(rows: &mut Rows<'_>) -> Result<RowCounts, LedgerError> {
    rows.run(
        "SET LOCAL statement_timeout = 0; SET LOCAL enable_indexscan = off;
         SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off",
    )
    .map_err(ledger_failure)?;
    let sql = "SELECT (SELECT count(*) FROM ledger_entry), (SELECT count(*) FROM ledger_aside),
                      (SELECT count(*) FROM ledger_mark), (SELECT count(*) FROM ledger_seal)";
    let found = rows.query(sql, &[]).map_err(ledger_failure)?;
    rows.run("SET LOCAL enable_indexscan = on; SET LOCAL enable_indexonlyscan = on; SET LOCAL enable_bitmapscan = on")
        .map_err(ledger_failure)?;
    let count = |place: usize| {
        let number = found.first().map_or(Ok(0), |row| row.try_get::<_, i64>(place)).map_err(ledger_failure)?;
        u64::try_from(number).map_err(|error| LedgerError::Corrupt(error.to_string()))
    };
    Ok(RowCounts { entries: count(0)?, asides: count(1)?, marks: count(2)?, seals: count(3)? })
}

/// Says in what way the ledger's tables are not what this program made: somebody may show it other rows
/// than there are (a view, a rule, a policy on rows), change what it writes (a trigger), or let it lose
/// what it wrote (a table without a log, a broken index).
pub(super) fn complaints(rows: &mut Rows<'_>) -> Result<Vec<String>, LedgerError> {
    let sql = "SELECT wanted.name,
            CASE WHEN class.oid IS NULL THEN 'is missing'
                 WHEN class.relkind <> 'r' THEN 'is no ordinary table'
                 WHEN class.relpersistence <> 'p' THEN 'does not survive a crash'
                 WHEN class.relrowsecurity THEN 'shows only some of its rows'
                 WHEN EXISTS (SELECT 1 FROM pg_rewrite WHERE ev_class = class.oid) THEN 'has a rule'
                 WHEN EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = class.oid) THEN 'has a trigger'
                 WHEN EXISTS (SELECT 1 FROM pg_inherits WHERE inhparent = class.oid) THEN 'has heirs'
                 WHEN NOT EXISTS (SELECT 1 FROM pg_index WHERE indrelid = class.oid
                                  AND indisprimary AND indisvalid AND indisready) THEN 'has no sound primary key'
            END
         FROM unnest(ARRAY['ledger_head', 'ledger_entry', 'ledger_aside', 'ledger_mark',
                                'ledger_seal']) AS wanted (name)
         LEFT JOIN pg_class AS class ON class.oid = to_regclass(wanted.name)";
    let mut complaints = Vec::new();
    for row in rows.query(sql, &[]).map_err(ledger_failure)? {
        let name: String = row.try_get(0).map_err(ledger_failure)?;
        let complaint: Option<String> = row.try_get(1).map_err(ledger_failure)?;
        complaints.extend(complaint.map(|complaint| format!("table {name} {complaint}")));
    }
    Ok(complaints)
}

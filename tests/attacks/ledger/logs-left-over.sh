# attack:  leaves a log of another time beside the database, copies one without the other, or takes the log away
# defense: whatever SQLite makes of it has to continue what the gate signed: `ledger-unavailable`

commit ada 'Sort the shelves'
push
landed
keep_ledger before
commit ada "$KIRO"
override dana "origin/main..$HEAD"
push
landed
server update-ref "$MAIN" "$(work rev-parse HEAD~1)"
keep_ledger now

nothing_lands() {
    push
    refused "$@"
    push HEAD:refs/heads/topic
    refused ledger-unavailable
    put_back now
}
rm -f "$LEDGER-wal" "$LEDGER-shm"
nothing_lands ledger-unavailable
rm -f "$LEDGER-wal" "$LEDGER-shm"
cp "$GROUND/before/ledger.sqlite-wal" "$LEDGER-wal"
nothing_lands ledger-unavailable
head -c 30000 "$GROUND/now/ledger.sqlite-wal" >"$LEDGER-wal"
rm -f "$LEDGER-shm"
nothing_lands ledger-unavailable
# Everything is in the file, and then an old log lies beside it, which SQLite plays back over it.
sql 'PRAGMA wal_checkpoint(TRUNCATE)' >"$GROUND/discarded"
rm -f "$LEDGER-wal" "$LEDGER-shm"
cp "$GROUND/before/ledger.sqlite-wal" "$LEDGER-wal"
nothing_lands ledger-unavailable
push
refused sign-off-missing override-consumed

# attack:  removes an entry from the middle, alone or with all that leads to it, and closes the gap
# defense: `audit verify` names the first that is missing or is not what was recorded
# also:    tests/ledger_tampering.rs::every_missing_or_added_row_is_found

commit ada "$KIRO"
push
refused sign-off-missing
override dana "origin/main..$HEAD"
push
landed
commit ada 'Sort the shelves'
push
landed
keep_ledger now
used=$(entry override-used)
size=$(sql 'SELECT size FROM head')

sql "DELETE FROM entry WHERE number = $used"
audit
damaged "missing:$used" head "truncated:$(sed -n 2p "$SERVER/countersign/gate.key.checkpoint")"
put_back now

sql "DELETE FROM mark WHERE entry = $used"
audit
damaged "index:$used"
put_back now

# Everything after it moves up by one, and the head says so.
sql "DELETE FROM entry WHERE number = $used"
sql "DELETE FROM aside WHERE place / 16 = $used"
sql "DELETE FROM mark WHERE entry = $used"
for table in entry:number mark:entry; do
    sql "UPDATE ${table%:*} SET ${table#*:} = ${table#*:} - 1 WHERE ${table#*:} > $used"
done
sql "UPDATE aside SET place = place - 16 WHERE place / 16 > $used"
sql "UPDATE head SET size = $size - 1"
commit ada 'Sweep the floor'
push
refused ledger-unavailable
try on_server audit verify
ended 1
says 'the ledger is damaged'

# attack:  cuts off the end of the ledger, so that an override was never given
# defense: the gate remembers elsewhere what it signed last: `ledger-unavailable`; and `audit verify` says so
# also:    tests/ledger_tampering.rs::a_cut_off_end_is_found_and_gets_no_signature

commit ada 'Sort the shelves'
push
landed
before=$(sql "SELECT size || ', x''' || hex(peaks) || ''', ''' || note || '''' FROM head")
sealed=$(sql "SELECT group_concat('(' || number || ', x''' || hex(bytes) || ''')') FROM seal")
size=${before%%,*}
commit ada "$KIRO"
override dana "origin/main..$HEAD"
push
landed
signed=$(sql 'SELECT size FROM head')

# The head that the gate itself signed then, and all that was there then, to the row.
sql "DELETE FROM entry WHERE number >= $size"
sql "DELETE FROM aside WHERE place / 16 >= $size"
sql "DELETE FROM mark WHERE entry >= $size"
sql 'DELETE FROM seal'
sql "INSERT INTO seal VALUES $sealed"
sql 'DELETE FROM head'
sql "INSERT INTO head VALUES (1, $before)"
audit
damaged "truncated:$signed"

server update-ref "$MAIN" "$(work rev-parse HEAD~1)"
push
refused ledger-unavailable
says "it has $size entries, but $signed were signed for"
push HEAD:refs/heads/topic
refused ledger-unavailable
check_up
finds hole:ledger

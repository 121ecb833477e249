# attack:  takes away what the gate remembers, or puts an older or another gate's in its place, and then cuts the end off
# defense: without its memory the gate reads nothing and adds nothing: `ledger-unavailable`; and `audit verify` complains
# also:    tests/ledger_tampering.rs::a_memory_that_the_gate_did_not_sign_is_found

memory=$SERVER/countersign/gate.key.checkpoint
commit ada "$KIRO"
override dana "origin/main..$HEAD"
keep_ledger before
push
landed
keep_ledger now
server update-ref "$MAIN" "$BASE"
put_back before
rm "$memory"
push
refused ledger-unavailable
says 'it is lost'
audit
damaged checkpoint
: >"$memory"
push
refused ledger-unavailable
sed 's/^[0-9]*$/0/' "$GROUND/now/gate.key.checkpoint" >"$memory"
push
refused ledger-unavailable
head -c 100000 /dev/zero >"$memory"
push
refused ledger-unavailable
# Nor does installing again begin to remember anew.
rm "$memory"
try "$PROGRAM" install "$SERVER" --repository acme/shop --policy "$POLICY"
ended 4
push
refused ledger-unavailable
check_up
finds hole:ledger

# attack:  lets the ledger be gone, empty, garbage, a folder, locked, or of a version that nobody knows
# defense: nothing lands on any ref, and no empty ledger takes its place: `ledger-unavailable`
# also:    tests/push_outage.rs::without_its_ledger_nothing_lands
# also:    tests/push_outage.rs::with_a_broken_ledger_nothing_lands
# also:    tests/push_outage.rs::without_its_key_nothing_lands
# also:    tests/push_outage.rs::a_refusal_that_cannot_be_recorded_says_so
# also:    tests/push_no_room.rs::with_a_file_in_the_place_of_the_ledgers_folder_nothing_lands

commit ada 'Sort the shelves'
keep_ledger now
nothing_lands() {
    for ref in "$MAIN" refs/heads/topic refs/tags/t; do
        push "HEAD:$ref"
        refused ledger-unavailable
    done
}
rm "$LEDGER"*
nothing_lands
equal "$(ls "$SERVER/countersign")" "$(printf '%s\n' gate.key gate.key.checkpoint gate.key.checkpoint.lock gate.key.pub)"
: >"$LEDGER"
nothing_lands
printf 'no database at all, but long enough to have a header of its own' >"$LEDGER"
nothing_lands
rm "$LEDGER"
mkdir "$LEDGER"
nothing_lands
rmdir "$LEDGER"
ln -s /dev/null "$LEDGER"
nothing_lands
put_back now
for version in 0 2 99; do
    sql "PRAGMA user_version = $version"
    nothing_lands
    put_back now
done
mv "$SERVER/countersign" "$GROUND/aside"
nothing_lands
: >"$SERVER/countersign"
nothing_lands
rm "$SERVER/countersign"
mv "$GROUND/aside" "$SERVER/countersign"
server config countersign.ledger "$GROUND/elsewhere.sqlite"
nothing_lands
server config countersign.ledger "$LEDGER"
push
landed

# attack:  edits an entry: who overrode, what was asked for, which commit landed, when it was
# defense: entries are leaves of a hash tree, and `audit verify` names the one that was changed
# also:    tests/ledger_tampering.rs::every_changed_value_in_every_row_is_found
# also:    tests/ledger_tampering.rs::a_changed_entry_is_named_and_not_acted_upon
# also:    tests/ledger_tampering.rs::a_changed_aside_is_not_acted_upon

commit ada "$KIRO"
push
refused sign-off-missing
override dana "origin/main..$HEAD"
push
landed
used=$(entry override-used)
permit=$(entry permitted)
keep_ledger now
edit() {
    local before after
    before=$(sql "SELECT json FROM entry WHERE number = $1")
    sql "UPDATE entry SET json = replace(json, '$2', '$3') WHERE number = $1"
    after=$(sql "SELECT json FROM entry WHERE number = $1")
    if [[ $before == "$after" ]]; then complain 'the edit changes nothing'; fi
    audit
    damaged "altered:$1" "${@:4}"
    put_back now
}
edit "$used" '"dana"' '"grace"'
# Later entries name the hash of a permit that an override lifted.
link=link:$((permit + 1))
edit "$permit" '"needed":1' '"needed":0' "$link"
edit "$permit" '"satisfied":false' '"satisfied":true' "$link"
edit "$permit" '"plain:ada"' '"plain:bob"' "$link"
edit "$(entry landed)" "$HEAD" "$BASE"
edit "$(entry refused)" '"at":"20' '"at":"21'
edit 0 '"count":1' '"count":9'

# What is kept aside of an entry is named in it by its digest: the verdict, and the record with Dana's reason.
for place in $((permit * 16 + 1)) $(($(entry record-seen) * 16 + 5)); do
    sql "UPDATE aside SET bytes = CAST(bytes || ' ' AS BLOB) WHERE place = $place"
    audit
    damaged "aside:$((place / 16))"
    put_back now
done
audit
sound

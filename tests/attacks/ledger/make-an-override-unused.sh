# attack:  makes a used override unused: takes the rows away that say so, the entry, or what the index says of it
# defense: its use is an entry, linked by hash from every later one: `override-consumed`, `facts-unknown`, `ledger-unavailable`
# also:    tests/ledger_tampering.rs::a_used_override_stays_used_whatever_the_index_says
# also:    tests/ledger_tampering.rs::a_changed_use_of_an_override_stops_everything_that_needs_it

commit ada "$KIRO"
override dana "origin/main..$HEAD"
id=${RECORD##*/}
push
landed
used=$(entry override-used)
server update-ref "$MAIN" "$BASE"
keep_ledger now

attempt() {
    sql "$1"
    push
    shift
    refused "$@"
    put_back now
}
attempt "DELETE FROM mark WHERE entry = $used" sign-off-missing override-consumed
attempt "DELETE FROM mark WHERE entry = $used - 1" sign-off-missing override-consumed
attempt "DELETE FROM mark WHERE hex(key) LIKE '06%' OR hex(key) LIKE '04%' OR hex(key) LIKE '05%'" sign-off-missing override-consumed
attempt "DELETE FROM mark WHERE entry = $(entry record-seen)" facts-unknown sign-off-missing
attempt 'DELETE FROM mark' facts-unknown sign-off-missing contributor-unknown pusher-unknown
attempt "UPDATE entry SET json = replace(json, '$id', '$(printf '%064d' 0)') WHERE number = $used" ledger-unavailable
attempt "DELETE FROM entry WHERE number = $used" ledger-unavailable
attempt "DELETE FROM aside WHERE place / 16 = $used - 2" sign-off-missing override-consumed
push
refused sign-off-missing override-consumed

# attack:  takes the rows out that lead to an objection or a withdrawal, moves them to another commit, or takes out the
#          seals with them
# defense: these rows are sealed by a hash tree that every entry names: `facts-unknown`, and nothing is added
# also:    tests/ledger_seals.rs::a_row_that_is_taken_out_of_the_index_is_missed
# also:    tests/ledger_seals.rs::an_objection_moved_to_another_commit_is_missed
# also:    tests/ledger_seals.rs::seals_that_are_changed_hide_nothing
# also:    tests/ledger_seals.rs::an_index_from_before_an_objection_hides_it_not_even_with_its_seals
# also:    tests/push_outage.rs::without_the_index_rows_of_an_objection_nothing_lands

commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
sealed=$(sql "SELECT group_concat('(' || number || ', x''' || hex(bytes) || ''')') FROM seal")
sign_off barbara "origin/main..$HEAD" --decision reject
objection=$(entry record-seen)
server update-ref -d "$RECORD"
keep_ledger now
attempt() {
    local statement
    for statement in "$@"; do sql "$statement"; done
    push
    # shellcheck disable=SC2086  # codes, one after the other
    refused $CODES
    put_back now
}
CODES='facts-unknown sign-off-missing'
gone="DELETE FROM mark WHERE entry = $objection"
attempt "$gone"
attempt "$gone AND hex(key) LIKE '0A%'"
attempt "$gone AND hex(key) LIKE '07%'"
attempt "UPDATE mark SET key = CAST(substr(key, 1, 9) || x'$BASE' AS BLOB) WHERE hex(key) LIKE '0A%'"
CODES='facts-unknown sign-off-missing contributor-unknown pusher-unknown'
attempt "$gone" 'DELETE FROM seal'
attempt "$gone" 'DELETE FROM seal' "INSERT INTO seal VALUES $sealed"
CODES='facts-unknown sign-off-missing'
attempt "DELETE FROM aside WHERE place / 16 = $objection"
CODES=ledger-unavailable
attempt "DELETE FROM entry WHERE number = $objection"
push
refused vetoed

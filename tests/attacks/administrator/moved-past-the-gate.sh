# attack:  moves a gated ref without a push: by hand, by a fetch into it, with hooks switched off
# defense: it has no permit: the hook that watches refs records an exception, `doctor` finds the rest, nothing deploys it
# also:    tests/installation/drift.rs::a_watched_repository_records_what_moves_without_a_permit
# also:    tests/installation/drift.rs::a_watcher_tells_what_is_new_once_and_records_what_no_hook_saw

try "$PROGRAM" install "$SERVER" --repository acme/shop --policy "$POLICY" --watch-refs
ended 0
in_production "$BASE"
commit ada "$KIRO"
push HEAD:refs/heads/topic
landed refs/heads/topic
exceptions() {
    sql "SELECT json ->> '\$.statement.code', json ->> '\$.statement.subject' FROM entry WHERE json ->> '\$.kind' = 'exception'"
}
equal "$(exceptions)" ''
moved='landed-without-permit|'
server update-ref "$MAIN" "$HEAD"
equal "$(exceptions)" "$moved$MAIN"
server branch -q release/1 topic
server fetch -q "$WORK" "+HEAD:refs/heads/release/2"
server tag v1 topic
wanted=$(printf "$moved%s\n" "$MAIN" refs/heads/release/1 refs/heads/release/2 refs/tags/v1)
equal "$(exceptions)" "$wanted"
check_up
finds remark:drift
deploy "$HEAD"
deployment_refused sign-off-missing

# What no hook sees is found afterwards.
server -c core.hooksPath=/dev/null update-ref refs/tags/v2 "$HEAD"
server -c core.hooksPath=/dev/null update-ref -d refs/heads/release/2
check_up
finds hole:drift remark:drift
equal "$(exceptions)" "$wanted"
audit
sound

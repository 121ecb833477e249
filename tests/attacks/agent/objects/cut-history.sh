# attack:  cuts history off below its own commits, with grafts or by a push from a shallow clone
# defense: `history-obscured`; git itself takes a shallow push only where it is told to
# also:    tests/push_refs.rs::grafts_on_the_server_hide_no_history
# also:    tests/push_tricks.rs::a_shallow_push_is_refused

commit ada "$KIRO"
commit ada 'Sort the shelves'
git clone -q --depth 1 "file://$WORK" "$GROUND/shallow"
push_shallow() {
    push_by git -C "$GROUND/shallow" push "$SERVER" "+HEAD:$1"
}
for ref in refs/heads/release/1 refs/heads/topic; do
    push_shallow "$ref"
    stopped 'shallow update not allowed'
done
server config receive.shallowUpdate true
push_shallow "$MAIN"
refused history-obscured facts-unknown sign-off-missing ref-rewound
push_shallow refs/heads/release/1
refused history-obscured facts-unknown sign-off-missing
push_shallow refs/heads/topic
refused history-obscured
# Grafts that are on the server are not followed, and said.
mkdir -p "$SERVER/info"
printf '%s %s\n' "$HEAD" "$BASE" >"$SERVER/info/grafts"
push
refused history-obscured sign-off-missing

# attack:  swaps what is signed while the reviewer looks elsewhere: they sign one commit, and another one is pushed
# defense: a sign-off names commit, tree and content; none of them may be another one's. `sign-off-missing`, `sign-off-invalid`
# also:    tests/push_sign_off.rs::an_amended_message_needs_a_new_sign_off
# also:    tests/push_sign_off.rs::a_sign_off_for_another_head_does_not_count

commit ada "$KIRO" shelf 'sorted'
looked_at=$HEAD
sign_off grace "origin/main..$HEAD"
name=$RECORD
statement "$name" >"$GROUND/statement"

# The same files with another message, another file with the same message, and the two in a row.
work commit -q --amend -m "Please ${KIRO}"
push
refused sign-off-missing sign-off-stale
work reset -q --hard origin/main
commit ada "$KIRO" shelf 'burned'
other=$HEAD
push
refused sign-off-missing

# The reviewer's own signature, blindly given, with the name of one and the content of the other.
forge sign-off grace < <(sed "s/$looked_at/$other/g" "$GROUND/statement")
push "$FORGED:$RECORD"
landed "$RECORD" "$FORGED"
push
refused sign-off-missing sign-off-invalid
trees="s/$(work rev-parse "$looked_at^{tree}")/$(work rev-parse "$other^{tree}")/"
forge sign-off grace < <(sed "s/$looked_at/$other/g; $trees" "$GROUND/statement")
push "$FORGED:$RECORD"
push
refused sign-off-missing sign-off-invalid

work reset -q --hard "$looked_at"
push
landed

# attack:  amends, rebases or adds a commit after the sign-off
# defense: head and tree are bound; with `binding: content` the digest of the diff is
# also:    tests/push_sign_off.rs::an_amended_message_needs_a_new_sign_off
# also:    tests/push_sign_off.rs::a_sign_off_for_another_head_does_not_count
# also:    tests/push_sign_off.rs::a_sign_off_of_the_last_commit_does_not_carry_those_before_it

commit ada "$KIRO"
signed=$HEAD
sign_off grace "$BASE..HEAD"
work commit -q --amend -m "${KIRO/Fix/Break}"
push
refused sign-off-missing sign-off-stale
work reset -q --hard "$signed"
printf 'more\n' >"$WORK/file-1"
work commit -q -a --amend --no-edit
push
refused sign-off-missing
work reset -q --hard "$signed"
commit ada 'One more thing'
push
refused sign-off-missing sign-off-stale
# Below what was signed.
work reset -q --hard "$BASE"
commit ada 'One thing before'
work cherry-pick "$signed" >"$GROUND/said" 2>&1
push
refused sign-off-missing
# Of two commits the last alone.
work reset -q --hard "$BASE"
commit ada "$KIRO"
commit ada 'Polish it'
sign_off grace "HEAD~1..HEAD"
push
refused sign-off-missing sign-off-stale
work reset -q --hard "$signed"
push
landed

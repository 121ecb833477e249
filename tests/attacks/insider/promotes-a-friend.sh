# attack:  makes a friend, or themselves, a senior in the policy, and has the change signed by them in the same push
# defense: the policy of before judges the push, and a policy needs its owner's sign-off: `policy-change`
# also:    tests/push_policy.rs::a_policy_that_is_loosened_in_the_same_push_is_not_the_judge
# also:    tests/push_policy.rs::even_with_the_owners_sign_off_the_old_policy_judges_the_rest_of_the_push
# also:    tests/push_policy.rs::a_policy_change_needs_its_owners_sign_off

# The policy lies on a branch now.
work checkout -q -b policy
sed '1a serial: 1' "$POLICY" >"$WORK/policy.yaml"
commit ada 'Keep the policy here' note
server config core.hooksPath /dev/null
push HEAD:refs/heads/policy
server config --unset core.hooksPath
try "$PROGRAM" uninstall "$SERVER"
try "$PROGRAM" install "$SERVER" --repository acme/shop --policy-ref refs/heads/policy:policy.yaml
ended 0
work fetch -q origin

promoted() {
    work checkout -q policy
    sed -i -e "s/^serial: .*/serial: $1/" -e 's/senior: { people: .*/senior: { people: [grace, barbara, bob] }/' policy.yaml
    commit "$2" 'Bob is a senior now' note "$1"
    POLICY_HEAD=$HEAD
}
promoted 2 bob
record bob sign-off "origin/policy..$POLICY_HEAD" --target refs/heads/policy
work checkout -q main
commit ada "$KIRO"
sign_off bob "origin/main..$HEAD"
push "$POLICY_HEAD:refs/heads/policy" "$HEAD:$MAIN"
refused policy-change role-missing self-sign-off sign-off-missing

# Not by the owner's own commit, either.
promoted 3 dana
record dana sign-off "origin/policy..$POLICY_HEAD" --target refs/heads/policy
push "$POLICY_HEAD:refs/heads/policy"
refused policy-change role-missing self-sign-off sign-off-stale
# And once the owner agrees, the push that brings it is still judged by what was there before.
promoted 4 bob
work reset -q --hard origin/policy
promoted 4 bob
record dana sign-off "origin/policy..$POLICY_HEAD" --target refs/heads/policy
work checkout -q main
push "$POLICY_HEAD:refs/heads/policy" "$(work rev-parse main):$MAIN"
refused role-missing sign-off-missing
push "$POLICY_HEAD:refs/heads/policy"
landed refs/heads/policy "$POLICY_HEAD"

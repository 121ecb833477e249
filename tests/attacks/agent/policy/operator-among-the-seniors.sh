# attack:  makes its operator a senior, or gives a senior its operator's key, and signs off as that
# defense: the roster is part of the policy: whoever owns it signs, and it judges from the next push on; `policy-change`
# also:    tests/push_policy.rs::a_policy_change_needs_its_owners_sign_off

policy_in_repository
ada=$(cut -d' ' -f2 "$KEYS/ada.pub")
grace=$(cut -d' ' -f2 "$KEYS/grace.pub")
commit_policy() {
    work checkout -q --detach origin/policy
    numbered 2 -e "$1"
}
for change in 's/people: \[grace, barbara\]/people: [ada, grace, barbara]/' "s,$ada,own,; s,$grace,$ada,; s,own,$grace," \
    's/people: \[dana\]/people: [dana, ada]/'; do
    commit_policy "$change"
    changed=$HEAD
    record ada sign-off "origin/policy..$changed" --target "$POLICY_REF"
    push "$changed:$POLICY_REF"
    refused policy-change role-missing self-sign-off
    work checkout -q main
    work reset -q --hard "$BASE"
    commit bob "$KIRO"
    sign_off ada "origin/main..$HEAD"
    push "$changed:$POLICY_REF" "HEAD:$MAIN"
    refused policy-change sign-off-missing role-missing self-sign-off
done

# The release manager's word is enough, and one of theirs for another commit is not.
commit_policy 's/people: \[grace, barbara\]/people: [bob, grace, barbara]/'
record dana sign-off "origin/policy..$HEAD" --target "$POLICY_REF"
work commit -q --amend -m 'Make Bob a senior, as agreed'
push "HEAD:$POLICY_REF"
refused policy-change sign-off-stale
work reset -q --hard 'HEAD@{1}'
push "HEAD:$POLICY_REF"
landed "$POLICY_REF"

# attack:  puts an older, gentler policy back, by a push or on the server
# defense: serials only grow, and the ledger remembers the highest: `policy-invalid`, `policy-rolled-back`
# also:    tests/push_policy.rs::an_older_policy_that_is_put_back_on_the_server_refuses_everything
# also:    tests/push_policy.rs::a_policy_without_a_higher_serial_is_refused

work checkout -q -b policy
sed '1a serial: 1' "$POLICY" >"$WORK/policy.yaml"
commit ada 'Keep the policy here' note
FIRST=$HEAD
server config core.hooksPath /dev/null
push HEAD:refs/heads/policy
server config --unset core.hooksPath
try "$PROGRAM" uninstall "$SERVER"
try "$PROGRAM" install "$SERVER" --repository acme/shop --policy-ref refs/heads/policy:policy.yaml
ended 0
work fetch -q origin
sed -i -e 's/^serial: .*/serial: 2/' -e 's/role: senior }/role: senior, count: 2 }/' policy.yaml
commit ada 'Ask for two' note 2
record dana sign-off "origin/policy..$HEAD" --target refs/heads/policy
push HEAD:refs/heads/policy
landed refs/heads/policy
work fetch -q origin

# As a new commit, with the same serial or an older one, although its owner agrees.
for serial in 1 2; do
    work checkout -q "$FIRST" -- policy.yaml
    sed -i "s/^serial: .*/serial: $serial/" policy.yaml
    commit ada "One is enough" note "again $serial"
    record dana sign-off "origin/policy..$HEAD" --target refs/heads/policy
    push HEAD:refs/heads/policy
    refused policy-invalid
    work reset -q --hard origin/policy
done
push "+$FIRST:refs/heads/policy"
refused policy-change policy-invalid sign-off-stale
push :refs/heads/policy
refused policy-invalid

# By hand.
second=$(tip refs/heads/policy)
server update-ref refs/heads/policy "$FIRST"
work checkout -q main
commit ada 'Sort the shelves'
push
refused policy-rolled-back
server update-ref refs/heads/policy "$second"
push
landed

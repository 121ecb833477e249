# attack:  puts an older policy back that asked for less: by a revert, under the old number, or past the gate
# defense: numbers only grow, and the ledger remembers the highest; `policy-invalid`, `policy-rolled-back`
# also:    tests/push_policy.rs::a_policy_without_a_higher_serial_is_refused
# also:    tests/push_policy.rs::an_older_policy_that_is_put_back_on_the_server_refuses_everything
# also:    tests/push_policy.rs::the_policys_ref_is_neither_deleted_nor_rewound

policy_in_repository
gentle=$HEAD
numbered 2 -e 's/role: senior }/role: senior, count: 2 }/'
strict=$HEAD
record dana sign-off "origin/policy..$strict" --target "$POLICY_REF"
push "HEAD:$POLICY_REF"
landed "$POLICY_REF"
work fetch -q origin
push "+$gentle:$POLICY_REF"
refused policy-invalid policy-change sign-off-stale
push ":$POLICY_REF"
refused policy-invalid

# A revert, and the gentle one under the strict one's number: the owner's signature makes none of these good.
for number in 1 2; do
    work checkout -q --detach "$strict"
    numbered "$number"
    record dana sign-off "origin/policy..$HEAD" --target "$POLICY_REF"
    push "HEAD:$POLICY_REF"
    refused policy-invalid
done

# Past the gate, by somebody who may write there.
work checkout -q main
commit ada 'Sweep the floor'
push
landed
server update-ref "$POLICY_REF" "$gentle"
commit ada 'Sweep the stairs'
push
refused policy-rolled-back
server update-ref "$POLICY_REF" "$strict"
push
landed

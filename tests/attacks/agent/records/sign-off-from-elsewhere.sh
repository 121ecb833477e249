# attack:  replays a sign-off in another repository, on another ref, for another base or plan, or before an environment
# defense: all of them are in the signed statement, and compared; `sign-off-elsewhere`, `sign-off-stale`
# also:    tests/push_sign_off.rs::a_sign_off_for_another_ref_does_not_count
# also:    tests/push_sign_off.rs::a_sign_off_of_the_last_commit_does_not_carry_those_before_it
# also:    tests/push_sign_off.rs::a_sign_off_for_another_repository_does_not_count
# also:    tests/gate_rig/plans.rs::an_override_is_for_one_plan

commit ada "$KIRO"
first=$HEAD
commit ada "$KIRO"
range=origin/main..$HEAD
replayed() {
    try_out as grace "$PROGRAM" sign-off "$@" --key "$KEYS/grace" --yes --push origin
    if [[ $STATUS != 0 ]]; then complain 'no record was made'; fi
}
replayed "$range" --repository acme/play --target "$MAIN"
push
refused sign-off-missing sign-off-elsewhere
for place in '--target refs/heads/release/1' '--target refs/heads/Main' '--environment production'; do
    # shellcheck disable=SC2086  # two words
    replayed "$range" --repository acme/shop $place
    push
    refused sign-off-missing sign-off-elsewhere
done

# For the last commit of two, or for an earlier head.
replayed "$first..$HEAD" --repository acme/shop --target "$MAIN"
push
refused sign-off-missing sign-off-elsewhere sign-off-stale
replayed "origin/main..$first" --repository acme/shop --target "$MAIN"
push
refused sign-off-missing sign-off-elsewhere sign-off-stale
push "$first:$MAIN"
landed "$MAIN" "$first"

# What is left of the two is what the other one was for.
push
landed

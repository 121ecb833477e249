# attack:  replays a sign-off in another repository, for another ref, environment, base or plan
# defense: all of them are in the signed statement and compared
# also:    tests/push_sign_off.rs::a_sign_off_for_another_ref_does_not_count
# also:    tests/push_sign_off.rs::a_sign_off_for_another_repository_does_not_count
# also:    tests/gate_rig/plans.rs::an_override_is_for_one_plan

commit ada 'Sort the shelves'
commit ada "$KIRO"
sign() {
    try as grace "$PROGRAM" sign-off "$@" --key "$KEYS/grace" --yes --push origin
    ended 0
}
sign "$BASE..HEAD" --target refs/heads/release/1 --repository acme/shop
push
refused sign-off-missing sign-off-elsewhere
sign "$BASE..HEAD" --target "$MAIN" --repository acme/shop-fork
sign "$BASE..HEAD" --target "$MAIN" --repository acme/Shop
sign "$BASE..HEAD" --environment production --repository acme/shop
push
refused sign-off-missing sign-off-elsewhere
# For the last commit, as it stands on another base.
as_other=$HEAD
work reset -q --hard "$BASE"
commit ada 'Open another shelf'
work cherry-pick "$as_other" >"$GROUND/said" 2>&1
sign "HEAD~1..HEAD" --target "$MAIN" --repository acme/shop
push
refused sign-off-missing sign-off-stale
work reset -q --hard "$as_other"
push
refused sign-off-missing sign-off-elsewhere
sign "$BASE..HEAD" --target "$MAIN" --repository acme/shop
push
landed

# attack:  lets a second landing clear what the first one did under a sign-off that is withdrawn since
# defense: a permit names the sign-offs by which its commits had been cleared before, and stands no longer than they do
# also:    tests/gate_deployments.rs::what_a_second_landing_brought_rests_on_the_sign_off_of_the_first
# also:    tests/gate_rig/offline.rs::what_a_second_landing_rests_on_is_known_where_the_ledger_is_not

release=refs/heads/release/1
in_production "$BASE"
push "HEAD:$release"
landed "$release"
commit ada "$KIRO"
record grace sign-off "$BASE..$HEAD" --target "$release"
push "HEAD:$release"
landed "$release"
push
landed
deploy main
deployment_permitted
sleep 1.1
record grace sign-off "$BASE..$HEAD" --target "$release" --decision revoke
deploy main
deployment_refused sign-off-missing sign-off-revoked

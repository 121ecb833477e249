# attack:  goes back to a state with a hole: one that was deployed elsewhere, past the gate, by an override, or whose sign-off
#          was taken back since
# defense: a rollback is to what ran here, under a permit that nobody lifted and whose sign-offs stand
# also:    tests/gate_deployments.rs::a_rollback_waits_once_its_sign_off_is_taken_back
# also:    tests/gate_deployments.rs::what_was_deployed_while_nobody_guarded_the_environment_is_no_beginning_and_no_rollback

in_production "$BASE"
commit ada "$KIRO" till 'open'
hole=$HEAD
push "$hole:refs/heads/topic"
server update-ref "$MAIN" "$hole"
record grace sign-off "$BASE..$hole" --environment production
deploy "$hole"
deployment_permitted
deployed "$hole"
deploy "$BASE"
deployment_permitted
deployed "$BASE"

# It ran here, and may come back as long as what was signed stands; and nowhere else.
deploy "$hole"
deployment_permitted
try on_server gate --environment prod-eu --to "$hole"
deployment_refused facts-unknown sign-off-missing sign-off-elsewhere
sleep 2.1
record grace sign-off "$BASE..$hole" --environment production --decision revoke
deploy "$hole"
deployment_refused sign-off-missing sign-off-revoked
record barbara sign-off "$BASE..$hole" --environment production --decision reject
deploy "$hole"
deployment_refused sign-off-missing sign-off-revoked vetoed

# What ran where nobody asked anything is no beginning once somebody does.
try on_server gate --environment staging --to "$hole"
deployment_permitted
try on_server deployed --environment staging "$hole"
ended 0
policy 's/\[production,/[production, staging,/'
try on_server gate --environment staging --to "$hole"
deployment_refused facts-unknown sign-off-missing sign-off-elsewhere sign-off-revoked

# attack:  takes the gate's step out of the workflow, or says that what it wants to deploy is what runs already
# defense: what runs is what the gate permitted; a deployment without a permit is an exception, after which only an override
#          goes on. `facts-unknown`
# also:    tests/gate_deployments.rs::what_is_deployed_is_never_taken_from_the_callers_word
# also:    tests/gate_deployments.rs::a_permit_is_for_one_commit_and_one_deployment
# also:    tests/gate_deployments.rs::a_permit_ends_when_the_same_is_refused_later

in_production "$BASE"
commit ada "$KIRO"
push HEAD:refs/heads/topic
server update-ref "$MAIN" "$HEAD"
work fetch -q origin
smuggled=$HEAD
for from in main "$smuggled" nonsense; do
    deploy main --from "$from"
    deployment_refused facts-unknown sign-off-missing
done
deploy main --from "$BASE"
deployment_refused sign-off-missing
try on_server deployed --environment production main
ended 1
says 'WITHOUT A PERMIT'
for candidate in main "$BASE"; do
    deploy "$candidate"
    if [[ $STATUS == 0 ]]; then complain "$candidate was permitted"; fi
    says '[facts-unknown]'
done

# A permit is for one deployment: what it let in once does not come in again by it.
in_production "$smuggled"
commit bob 'Sweep the floor'
PUSHER=bob push
landed
deploy "$HEAD"
deployment_permitted
deployed "$HEAD"
try on_server deployed --environment production "$smuggled"
ended 1

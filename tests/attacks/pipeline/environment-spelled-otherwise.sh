# attack:  asks about an environment whose name only looks like the guarded one, and deploys to that
# defense: a name that differs by its case alone is refused; a permit and a verdict are for the name that was asked about
# also:    tests/gate_deployments.rs::an_environment_spelled_otherwise_is_not_taken_for_another
# also:    tests/gate_deployments.rs::an_environment_that_no_gate_names_passes_and_is_told_so

in_production "$BASE"
commit ada "$KIRO"
push HEAD:refs/heads/topic
server update-ref "$MAIN" "$HEAD"
for name in Production PRODUCTION Prod-eu; do
    try on_server gate --environment "$name" --to "$HEAD"
    ended 3
    says '[policy-unreadable]'
done
for name in production. prodution $'production\u200b' 'production '; do
    try on_server gate --environment "$name" --to "$HEAD" --attest "$VERDICT"
    if [[ $STATUS == 0 ]]; then
        verify "$HEAD"
        doubted other-environment
    fi
    try on_server deployed --environment production "$HEAD"
    ended 1
done
deploy "$HEAD"
if [[ $STATUS == 0 ]]; then complain 'the permit for another environment was taken'; fi

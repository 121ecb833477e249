# attack:  lands changes while the policy overlooks agents that are only committers, to deploy them when it does not any
#          more
# defense: a landing clears no such commit unless a gate that asks about agents applied then
# also:    tests/gate_deployments.rs::what_landed_while_the_policy_overlooked_an_agent_that_only_committed_is_asked_about_again

in_production "$BASE"
policy '1a authorship: { committer-only: unmarked }'
commit ada 'Sort the shelves'
human=$HEAD
push
landed
commit ada 'Sort the drawers'
edited 's/^committer .*>/committer Kiro <kiro@amazon.com>/'
push "$HEAD:$MAIN"
landed "$MAIN" "$HEAD"
deploy main
deployment_permitted
policy '/^authorship:/d'
deploy main
deployment_refused sign-off-missing
deploy "$human"
deployment_permitted

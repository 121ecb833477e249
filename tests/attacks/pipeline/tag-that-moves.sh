# attack:  asks about a tag and moves it before the deployment, past the gate or through it; or dresses another commit up as it
# defense: a tag must stand where it was made through the gate, the answer names the commit, and a permit is for that one;
#          `candidate-unguarded`
# also:    tests/gate_deployments.rs::a_tag_that_moved_is_refused
# also:    tests/gate_deployments.rs::a_tag_that_git_takes_for_something_else_lets_nothing_else_through

in_production "$BASE"
commit ada 'Sort the shelves'
one=$HEAD
work tag -a -m 'Version 1' v1
work tag v2
push "$one:$MAIN" refs/tags/v1 refs/tags/v2
landed refs/tags/v2 "$one"
commit ada "$KIRO"
two=$HEAD
deploy v1
deployment_permitted
push "$two:refs/heads/topic"
server update-ref refs/tags/v1 "$two"
server update-ref refs/tags/v2 "$two"
for name in v1 refs/tags/v1 v2 tags/v2; do
    deploy "$name"
    deployment_refused candidate-unguarded sign-off-missing
done
server update-ref refs/tags/@ "$one"
for name in 'v1^0' 'v1~0' 'tags/v2^{commit}' 'v2@{0}' @; do
    deploy "$name"
    ended 4
done
try on_server deployed --environment production v1
ended 1
says 'WITHOUT A PERMIT'

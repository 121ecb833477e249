# attack:  deploys a commit of a fork's pull request, of a topic branch, of a tag or note, of the server's own copy of some
#          remote, or one that no ref leads to
# defense: `candidate-unguarded`
# also:    tests/gate_deployments.rs::a_candidate_that_no_guarded_ref_contains_is_refused

in_production "$BASE"
commit ada 'Just a change of a person'
fork=$HEAD
for name in heads/topic pull/7/head tags/nightly remotes/origin/main notes/main heads/maintenance; do
    push "$fork:refs/$name"
    landed "refs/$name" "$fork"
    deploy "$fork"
    deployment_refused candidate-unguarded
    deploy "refs/$name"
    deployment_refused candidate-unguarded
    server update-ref -d "refs/$name"
done
deploy "$fork"
deployment_refused candidate-unguarded
deploy "${fork//?/2}"
ended 4

# Once it is on a guarded branch it may go.
push
landed
deploy "$fork"
deployment_permitted

# attack:  goes back, where a deployment is asked for, to a state inside a landed range that what runs contains, or to
#          a harmless commit on top of it
# defense: `candidate-unseen`, unless the state at which the two part landed as a head or ran there before, and what
#          that rested on still stands
# also:    tests/gate_deployments.rs::nobody_goes_back_to_a_state_inside_a_landed_range
# also:    tests/gate_deployments.rs::a_rollback_waits_once_the_sign_off_of_a_landing_that_it_rests_on_is_taken_back

in_production "$BASE"
commit ada "$KIRO" door 'a back door'
inside=$HEAD
commit ada 'Tidy up' door 'closed'
tidy=$HEAD
sign_off grace "$BASE..$tidy"
push
landed
commit ada 'Sort the shelves'
sorted=$HEAD
push
landed
deploy main
deployment_permitted
deployed main
deploy "$inside"
deployment_refused candidate-unseen
# A commit of one's own on top, on a ref that came there past the gate.
work checkout -q -b release "$inside"
commit ada 'Note the release' notes 'release 1'
push HEAD:refs/heads/topic
server update-ref refs/heads/release/1 "$HEAD"
deploy "$HEAD"
deployment_refused candidate-unseen
for seen in "$BASE" "$tidy" "$sorted"; do
    deploy "$seen"
    deployment_permitted
done

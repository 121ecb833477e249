# attack:  goes back to, or deploys again from elsewhere, a state that held what an override had let pass, what was
#          withdrawn since or what came past the gate: by deploying it twice, or with something harmless on top
# defense: such a candidate is looked at as a whole, since the adoption: `candidate-unseen`, and it is no rollback
# also:    tests/gate_deployments.rs::nobody_goes_back_to_a_state_inside_a_landed_range

in_production "$BASE"
# By an override, and deployed twice.
commit ada "$KIRO" door 'a back door'
evil=$HEAD
override dana "$BASE..$evil"
push
landed
record dana override "$BASE..$evil" --environment production --reason "$REASON"
for _ in 1 2; do
    deploy "$evil"
    deployment_permitted
    deployed "$evil"
done
commit bob 'Sort the shelves'
harmless=$HEAD
push_as bob
landed
deploy "$harmless"
deployment_permitted
deployed "$harmless"
commit bob 'Brick it up' door 'bricks'
fixed=$HEAD
push_as bob
landed
deploy "$fixed"
deployment_permitted
deployed "$fixed"
deploy "$harmless"
deployment_refused candidate-unseen
deploy "$evil"
deployment_refused candidate-unseen override-consumed override-elsewhere override-stale
# From what was there at the adoption it is no way back, but forward.
deploy "$BASE"
deployment_permitted
deployed "$BASE"
deploy "$evil"
deployment_refused sign-off-missing override-consumed override-elsewhere
deploy "$harmless"
deployment_refused sign-off-missing override-consumed override-stale
away
deploy_away "$harmless"
deployment_refused sign-off-missing contributor-unknown override-consumed override-not-permitted override-stale

# Signed, it passes; and back to it, until that is withdrawn.
sign_off grace "$BASE..$fixed"
record grace sign-off "$BASE..$fixed" --environment production
deploy "$fixed"
deployment_permitted
deployed "$fixed"
commit ada "$KIRO" window 'open'
inside=$HEAD
sign_off grace "$fixed..$inside"
push
landed
commit bob 'Shut it' window 'shut'
push_as bob
landed
for state in "$inside" "$HEAD"; do
    deploy "$state"
    deployment_permitted
    deployed "$state"
done
deploy "$inside"
deployment_permitted
sleep 1.1
sign_off grace "$fixed..$inside" --decision revoke
deploy "$inside"
deployment_refused candidate-unseen

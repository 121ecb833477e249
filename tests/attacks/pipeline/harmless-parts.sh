# attack:  brings one dangerous change in three harmless parts: one that was signed, one by an override, one past the gate
# defense: everything between what runs and the candidate is judged together; only what landed under a permit that nobody
#          lifted is settled. `sign-off-missing`
# also:    tests/gate_deployments.rs::what_was_signed_passes_and_what_was_overridden_or_smuggled_in_does_not
# also:    tests/gate_deployments.rs::a_state_inside_a_landed_range_is_not_cleared

in_production "$BASE"
commit ada "$KIRO" till 'closed'
inside=$HEAD
commit ada "$KIRO" till 'ajar'
sign_off grace "origin/main..$HEAD"
push
landed
signed=$HEAD
deploy "$signed"
deployment_permitted
deploy "$inside"
deployment_refused sign-off-missing

work fetch -q origin
commit ada "$KIRO" till 'half open'
push HEAD:refs/heads/topic
server update-ref "$MAIN" "$HEAD"
work fetch -q origin
commit bob 'Sweep the floor'
PUSHER=bob push
landed
deploy "$HEAD"
deployment_refused sign-off-missing
says '3 of 4 commits were made with an agent; 2 passed the gates before, 1 did not'
look grace sign-off "$BASE..$HEAD" --environment production
says '4 commits, 3 with an agent'
says 'changes 2 paths'

# Whoever signs the whole has seen it; a part of it is not the whole.
record grace sign-off "$signed..$HEAD" --environment production
deploy "$HEAD"
deployment_permitted

# attack:  uses an override twice: after the ref was put back, or with the record pushed again in other bytes
# defense: a landing uses it up: `override-consumed`
# also:    tests/push_override.rs::an_override_is_used_once
# also:    tests/push_override.rs::a_used_override_in_other_bytes_is_the_same_override
# also:    tests/push_override.rs::of_two_pushes_at_once_one_override_lets_one_land
# also:    tests/push_crash.rs::a_killed_push_does_not_use_up_its_override_and_does_not_use_it_twice

commit ada "$KIRO"
override dana "origin/main..$HEAD"
push
landed
server update-ref "$MAIN" "$BASE"
push
refused sign-off-missing override-consumed

# The same statement and signature, written otherwise.
other=$(work cat-file blob "$RECORD" | sed 's/,"/, "/g' | store blob)
PUSHER=dana push "+$other:$RECORD"
push
refused sign-off-missing override-consumed

# Nor is it free again when its ref is gone, or was never there.
server update-ref -d "$RECORD"
push
refused sign-off-missing override-consumed
PUSHER=dana push "$RECORD"
push
refused sign-off-missing override-consumed

# Another one, for the same, does it.
sleep 1.1
override dana "$BASE..$HEAD"
push
landed

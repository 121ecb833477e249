# attack:  makes a new gated branch or tag at a state inside a landed range, which is on a gated ref already
# defense: where nothing else would be new, it is compared with the states at which gated refs stood, and not with their
#          tips
# also:    tests/push_interior.rs::a_new_ref_at_a_state_inside_a_signed_range_is_asked_about
# also:    tests/push_interior.rs::a_new_ref_at_what_landed_past_the_gate_is_asked_about

commit ada "$KIRO" door 'a back door'
inside=$HEAD
commit ada 'Tidy up' door 'closed'
tidy=$HEAD
sign_off grace "$BASE..$tidy"
push
landed
commit ada 'Sort the shelves'
push
landed
for name in refs/heads/release/1 refs/tags/v1; do
    push "$inside:$name"
    refused sign-off-missing
done
# Where a release may begin: at the ends of what landed, and at what was there at the adoption.
for state in "$BASE" "$tidy" "$HEAD"; do
    push "$state:refs/heads/release/$state"
    landed "refs/heads/release/$state" "$state"
done
record grace sign-off "$BASE..$inside" --target refs/tags/v1
push "$inside:refs/tags/v1"
landed refs/tags/v1 "$inside"

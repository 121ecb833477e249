# attack:  makes a new gated branch or tag at a state inside a landed range, which is on a gated ref already, or at a
#          harmless commit on top of it
# defense: where it goes out from a state at which no gated ref stood, it is compared with those at which one did, and
#          not with their tips
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
# A commit of one's own on top is new, and nothing to ask about; what is below it is.
work checkout -q -b release "$inside"
commit ada 'Note the release' notes 'release 1'
noted=$HEAD
work checkout -q -b merged "$BASE"
commit ada 'Note the shop' notes 'open'
as ada git -C "$WORK" merge -q --no-ff -m 'Merge' "$inside"
merged=$(work rev-parse HEAD)
for commit in "$noted" "$merged"; do
    for name in refs/heads/release/1 refs/tags/v1; do
        push "$commit:$name"
        refused sign-off-missing
    done
done
work checkout -q main
# Where a release may begin: at the ends of what landed, and at what was there at the adoption.
for state in "$BASE" "$tidy" "$HEAD"; do
    push "$state:refs/heads/release/$state"
    landed "refs/heads/release/$state" "$state"
done
work checkout -q -b from-tidy "$tidy"
commit ada 'Note the release' notes 'release 2'
push "$HEAD:refs/heads/release/2"
landed refs/heads/release/2
record grace sign-off "$BASE..$inside" --target refs/tags/v1
push "$inside:refs/tags/v1"
landed refs/tags/v1 "$inside"

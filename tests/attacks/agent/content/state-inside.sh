# attack:  has a range signed whose commits undo each other, and takes a state from its middle elsewhere, alone or
#          merged
# defense: a landing settles its commits only for what contains the head that landed
# also:    tests/push_interior.rs::a_state_inside_a_signed_range_is_not_cleared
# also:    tests/push_interior.rs::a_clean_merge_of_a_state_inside_a_signed_range_is_not_cleared

release=refs/heads/release/1
push "HEAD:$release"
landed "$release"
commit ada "$KIRO" door 'a back door'
evil=$(work rev-parse HEAD)
commit ada 'Tidy up' door 'closed'
tidy=$(work rev-parse HEAD)
record grace sign-off "$BASE..$tidy" --target "$release"
shows '2 commits'
push "HEAD:$release"
landed "$release"
push "$evil:$MAIN"
refused sign-off-missing
work reset -q --hard "$BASE"
commit bob 'Sort the shelves'
moved=$(work rev-parse HEAD)
push_as bob
landed
for head in "$evil" "$tidy"; do
    work reset -q --hard "$moved"
    work merge -q --no-ff -m 'Merge the release' "$head"
    push
    if [[ $head == "$evil" ]]; then refused sign-off-missing; else landed; fi
done

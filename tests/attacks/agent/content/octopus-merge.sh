# attack:  merges three heads at once, histories that have nothing in common, or such that cross each other
# defense: a merge of more than two heads, and one that git would not make alone, is content of its own
# also:    tests/git_merges.rs::a_criss_cross_merge_is_left_to_git

commit ada "$KIRO"
one=$HEAD
sign_off grace "$BASE..HEAD"
work reset -q --hard "$BASE"
commit bob 'Paint the door' door
push_as bob
landed
moved=$HEAD
tree() { work merge-tree --write-tree "$@"; }
merge() {
    local tree=$1 parent
    local -a parents=()
    shift
    for parent; do parents+=(-p "$parent"); done
    HEAD=$(work commit-tree -m 'Merge' "${parents[@]}" "$tree")
}
both=$(tree "$moved" "$one")
# The third head is a commit that is there already, so that nothing seems to come with it.
merge "$both" "$moved" "$one" "$BASE"
push "$HEAD:$MAIN"
refused sign-off-missing sign-off-stale merge-altered
# Nothing in common.
orphan=$(work commit-tree -m "$KIRO" "$BASE^{tree}")
merge "$(work rev-parse "$moved^{tree}")" "$moved" "$orphan"
push "$HEAD:$MAIN"
refused sign-off-missing merge-altered
# The same head twice, and one below the other, with what was there before.
merge "$(work rev-parse "$one^{tree}")" "$moved" "$one"
push "$HEAD:$MAIN"
refused sign-off-missing sign-off-stale merge-altered
# Git's own merge of the two lands, in whatever order they stand.
merge "$both" "$one" "$moved"
push "$HEAD:$MAIN"
landed "$MAIN" "$HEAD"

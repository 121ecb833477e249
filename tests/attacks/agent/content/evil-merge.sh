# attack:  hides content in a merge commit, where `git log -p` shows nothing, or takes some away
# defense: the merge is recomputed; what differs is content of its own, `merge-altered`, and said to whoever signs
# also:    tests/push_sign_off.rs::a_merge_with_a_line_of_its_own_does_not_land
# also:    tests/push_sign_off.rs::a_clean_merge_of_what_was_signed_lands

commit ada "$KIRO"
signed=$HEAD
sign_off grace "$BASE..HEAD"
work reset -q --hard "$BASE"
commit bob 'Paint the door' door
push_as bob
landed
moved=$HEAD
merge() {
    work reset -q --hard "$moved"
    work merge -q --no-ff -m 'Merge the fix' "$signed"
}
for change in 'echo back >door' 'echo back >another' 'rm door' 'chmod +x door' 'ln -sf /etc/passwd door' 'rm file-1'; do
    merge
    (cd "$WORK" && eval "$change")
    work add -A
    work commit -q --amend --no-edit
    equal "$(work log -p --format= "$signed..HEAD" --no-walk HEAD)" ''
    push
    refused sign-off-missing sign-off-stale merge-altered
done
record grace sign-off "$moved..HEAD" --target "$MAIN"
shows 'holds more than a merge'
# In whatever order the parents stand.
merge
work commit -q --amend --no-edit
push
landed

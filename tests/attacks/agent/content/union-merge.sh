# attack:  merges with a driver, attribute or rename setting in its clone that changes the result
# defense: the recomputation pins its settings and reads no attributes
# also:    tests/push_tricks.rs::a_merge_that_a_driver_resolved_is_content_of_its_own
# also:    tests/git_merges.rs::neither_attributes_nor_settings_nor_drivers_have_a_say

commit ada 'Write a list' list apples
push
landed
start=$HEAD
commit ada "$KIRO" list $'apples\npears'
signed=$HEAD
sign_off grace "$start..HEAD"
work reset -q --hard "$start"
commit bob 'Add plums' list $'apples\nplums'
push_as bob
landed
moved=$HEAD
merge() {
    work reset -q --hard "$moved"
    work "$@" -q --no-ff -m 'Merge both lists' "$signed"
    push
    refused sign-off-missing sign-off-stale merge-altered
}
work config merge.own.driver 'echo a back door >%A'
for attribute in union own; do
    # In the clone, on the server, and in the tree.
    for place in "$WORK/.git" "$SERVER"; do
        mkdir -p "$place/info"
        printf 'list merge=%s\n' "$attribute" >"$place/info/attributes"
    done
    merge merge
done
rm "$WORK/.git/info/attributes"
for option in -Xours -Xtheirs; do
    merge merge "$option"
done
server config merge.default union
server config merge.own.driver 'echo a back door >%A'
merge -c merge.default=union merge

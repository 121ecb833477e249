# attack:  merges a commit with one below it and takes that one's content, which takes back what came between; or the
#          same commit twice, with content of its own
# defense: git's own merge of the two is the upper one; all else is content of its own

commit ada 'Close the back door' door closed
push
landed
moved=$HEAD
before=$(work rev-parse "$BASE^{tree}")
# merge PARENT PARENT: merges two commits, by an agent, as git does.
merge() {
    work reset -q --hard "$moved"
    work commit -q --allow-empty -m "$KIRO"
    edited "s/^parent .*/parent $1\nparent $2/"
    work reset -q --hard "$HEAD"
}
for parents in "$moved $BASE" "$BASE $moved" "$moved $moved"; do
    # shellcheck disable=SC2086  # two words
    merge $parents
    push
    refused sign-off-missing
    edited "s/^tree .*/tree $before/"
    push "$HEAD:$MAIN"
    refused sign-off-missing merge-altered
done

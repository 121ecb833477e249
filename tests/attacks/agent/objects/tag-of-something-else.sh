# attack:  tags a tree, a file or another tag, so that what is released is no commit that anybody judged
# defense: a tag must name a commit in one step; `object-malformed`
# also:    tests/push_refs.rs::a_tag_of_a_blob_is_refused
# also:    tests/push_refs.rs::a_tag_of_a_tag_is_refused

tag_of() {
    printf 'object %s\ntype %s\ntag v1\ntagger Ada <ada@example.com> 1 +0000\n\nFirst\n' "$1" "$2" | store tag
}
good=$(tag_of "$BASE" commit)
tree=$(work rev-parse "$BASE^{tree}")
file=$(echo 'a back door' | store blob)
for object in "$tree" "$file" "$(tag_of "$tree" tree)" "$(tag_of "$file" blob)" "$(tag_of "$good" tag)"; do
    for ref in refs/tags/v1 refs/heads/release/1; do
        push "$object:$ref"
        refused object-malformed facts-unknown sign-off-missing
    done
    # Nor where no gate asks for anybody.
    push "$object:refs/tags/any"
    refused object-malformed
done
push "$good:refs/tags/v1"
landed refs/tags/v1 "$good"
# There it stays, and takes not even another tag of the same commit.
push "+$BASE:refs/tags/v1"
refused ref-rewound

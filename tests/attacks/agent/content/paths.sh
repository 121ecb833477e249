# attack:  changes what a gate's paths guard by other means than such a path: a link, a submodule or a file in a
#          folder's place, a folder that stands twice in its tree, a path that leads there when it is unpacked
# defense: `x/**` names `x` itself, too; trees are read as git reads them, twice or out of order; with a path that git
#          would not write it is unknown what changes, and gates ask
# also:    tests/git_content.rs::trees_out_of_order_or_with_repeated_names_are_read_as_git_reads_them

server config receive.fsckObjects false
policy 's|authorship-at-least: assisted|paths: ["infra/**"]|'
commit ada 'Guard the door' infra/limit strict
sign_off grace "$BASE..HEAD"
push
landed
guarded=$HEAD
strict=$(work rev-parse HEAD:infra)
file=$(work rev-parse HEAD:file-1)

# tree MODE NAME OBJECT...: stores a tree as it is given.
tree() {
    while (($#)); do
        printf '%s %s\0' "$1" "$2"
        xxd -r -p <<<"$3"
        shift 3
    done | store tree
}
# pushes MODE NAME OBJECT...: pushes a commit with this and one more file.
pushes() {
    HEAD=$(work commit-tree -p "$guarded" -m 'Sort the shelves' "$(tree 100644 file-1 "$file" "$@")")
    push "$HEAD:$MAIN"
}
loose=$(tree 100644 limit "$file")
for tree in "120000 infra $file" "160000 infra $BASE" "100644 infra $file" "40000 infra $loose" "040000 infra $loose" \
    "40000 infra $strict 40000 infra $loose" "40000 infra $loose 40000 infra $strict" \
    "40000 infra $strict 100644 infra/limit $file" "40000 zzz $loose 40000 infra $loose"; do
    # shellcheck disable=SC2086  # words
    pushes $tree
    refused sign-off-missing
done
for name in ./infra infra/. x/../infra /infra infra//x .GIT; do
    pushes 40000 infra "$strict" 40000 "$name" "$loose"
    refused sign-off-missing
done
pushes 40000 infra "$strict" 40000 shelves "$loose"
landed "$MAIN" "$HEAD"

# attack:  changes nothing but a mode after the sign-off: a script becomes executable, a file a link to elsewhere, a
#          link a submodule
# defense: modes and kinds are part of the tree and of the digest that are signed, and links are pointed at
# also:    tests/git_content.rs::any_two_trees_differ_as_git_says

policy_adds <<<'sign-offs: { binding: content }'
commit ada "$KIRO" script /etc/passwd
script=$(printf /etc/passwd | store blob)
with_mode() {
    work update-index --add --cacheinfo "$1,$2,script"
    work commit -q --amend --no-edit
}
with_mode 100644 "$script"
sign_off grace "$BASE..HEAD"
for mode in 100755 120000; do
    with_mode "$mode" "$script"
    push
    refused sign-off-missing
done
with_mode 160000 "$BASE"
push
refused sign-off-missing
with_mode 120000 "$script"
sign_off grace "$BASE..HEAD"
shows 'script'
with_mode 100644 "$script"
work commit -q --amend -m "${KIRO/Fix/Polish}"
push
landed

# attack:  lands something else than what was reviewed by a squash or a rebase: onto a branch that has moved, with
#          conflicts resolved in its own way
# defense: the head is bound, or the digest of the diff, which names what each file was and is

policy_adds <<<'sign-offs: { binding: content }'
commit ada 'Write a list' list $'apples\npears\nplums\ncherries\nquinces\nfigs'
push
landed
start=$HEAD
commit ada "$KIRO" list $'apples\npears\nplums\ncherries\nquinces\nfigs\ndates'
commit ada 'Polish it' more
signed=$HEAD
sign_off grace "$start..HEAD"
# What was signed, squashed onto what it was signed for, is the same content; with a line more it is not.
squash() {
    work branch -f work "$signed"
    work reset -q --hard "${1:-$start}"
    work merge -q --squash work
    work commit -q -m "$KIRO"
}
squash
printf 'a back door\n' >>"$WORK/more"
work commit -q -a --amend --no-edit
push
refused sign-off-missing
# Its first half alone, or with the second one taken back.
work reset -q --hard "$signed~1"
push
refused sign-off-missing
work reset -q --hard "$signed"
work revert --no-edit HEAD >"$GROUND/said"
push
refused sign-off-missing sign-off-stale
# The branch has moved in the same file: git merges both, and nobody has seen the result.
work reset -q --hard "$start"
commit bob 'Cut the apples' list $'apple slices\npears\nplums\ncherries\nquinces\nfigs'
push_as bob
landed
moved=$HEAD
squash "$moved"
push
refused sign-off-missing
work reset -q --hard "$signed"
work rebase -q "$moved"
push
refused sign-off-missing
sign_off grace "$moved..HEAD"
squash "$moved"
push
landed

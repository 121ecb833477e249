# attack:  names a commit by an abbreviation, for which another object, tag or branch comes to stand
# defense: records and verdicts name commits in full; such names of refs are `ref-shadowed`; signing takes no name for
#          which git knows two things
# also:    src/model/oid.rs::abbreviations_upper_case_and_other_letters_are_refused

commit ada "$KIRO"
judged=$HEAD
push
refused sign-off-missing
says "countersign sign-off $BASE..$judged "
commit ada 'Add a back door'
for digits in 7 12 39; do
    short=${judged:0:digits}
    push "HEAD:refs/tags/$short"
    refused ref-shadowed
    work tag "$short" HEAD
    try as grace "$PROGRAM" sign-off "$BASE..$short" --target "$MAIN" --repository acme/shop --key "$KEYS/grace" --yes
    ended 4
    says "refs/tags/$short"
done
equal "$(work for-each-ref refs/countersign)" ''
sign_off grace "$BASE..$judged"
push
refused sign-off-missing sign-off-stale
push "$judged:$MAIN"
landed "$MAIN" "$judged"

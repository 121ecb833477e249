# attack:  lets a second repository, with a gentler policy, use the same ledger, or even the same name in it
# defense: a name is one repository's, and what landed in one clears nothing in another

play=$GROUND/play.git
git init -q --bare -b main "$play"
work push -q "$play" "$BASE:$MAIN"
sed 's|refs/heads/main|refs/heads/none|' "$POLICY" >"$GROUND/site/loose.yaml"
try "$PROGRAM" install "$play" --repository acme/shop --policy "$GROUND/site/loose.yaml" --ledger "$LEDGER"
ended 4
says 'the name acme/shop belongs to'
try "$PROGRAM" install "$play" --repository acme/play --policy "$GROUND/site/loose.yaml" --ledger "$LEDGER"
ended 0
commit ada "$KIRO"
try as ada git -C "$WORK" push "$play" "HEAD:$MAIN"
ended 0
push
refused sign-off-missing
push HEAD:refs/tags/v1
refused sign-off-missing
audit
sound

# attack:  takes a signature that the reviewer gave for something else: a commit, a file, an override, or a bare text
# defense: records are signed for a purpose of their own, over an encoding that says what they are; `ref-forbidden`
# also:    tests/push_records.rs::a_signature_of_another_purpose_is_refused
# also:    tests/push_records.rs::a_signature_of_the_bare_statement_is_refused
# also:    tests/push_records.rs::a_signature_that_is_made_by_hand_counts

commit ada "$KIRO"
unpushed grace sign-off "origin/main..$HEAD" --target "$MAIN"
statement "$RECORD" >"$GROUND/statement"
name=$RECORD
for purpose in git file override@countersign Sign-off@countersign sign-off; do
    PURPOSE=$purpose forge sign-off grace <"$GROUND/statement"
    push "$FORGED:$name"
    refused ref-forbidden
done

# The statement alone, as a text that she was asked to sign.
ssh-keygen -q -Y sign -n sign-off@countersign -f "$KEYS/grace" <"$GROUND/statement" >"$GROUND/signature" 2>/dev/null
bare=$(grep -v '^-' "$GROUND/signature" | tr -d '\n')
blob=$(work cat-file blob "$name" | sed -E "s|\"sig\":\"[^\"]*\"|\"sig\":\"$bare\"|" | store blob)
push "$blob:$name"
refused ref-forbidden
push
refused sign-off-missing

# Made by hand for the right purpose it counts: what fails above fails for what it is.
forge sign-off grace <"$GROUND/statement"
equal "$RECORD" "$name"
push "$FORGED:$name" "HEAD:$MAIN"
landed

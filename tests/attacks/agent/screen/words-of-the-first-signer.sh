# attack:  puts a reason, ticket, comment or end into a record that its second signer is not shown
# defense: every field that is signed is shown to each who signs it
# also:    tests/push_screen.rs::everything_that_is_signed_is_shown

commit ada "$KIRO"
override dana "$BASE..$HEAD" --ticket INC-99
shows "$REASON"
shows INC-99
statement=$(statement "$RECORD")
look grace override --cosign "${RECORD##*/}"
# Every text of the predicate, whatever it is called, and every digest.
predicate=$(sed -E 's/.*"predicate":(\{.*\}),"predicateType".*/\1/' <<<"$statement")
if [[ $predicate == "$statement" ]]; then complain 'the predicate was not found'; fi
while read -r text; do says "$text"; done < <(grep -oE ':"[^"]*"' <<<"$predicate" | sed -E 's/^:"(.*)"$/\1/')
for digest in $(grep -oE '"[0-9a-f]{40,64}"' <<<"$statement" | tr -d '"'); do says "$digest"; done

# attack:  heaps up valid records about somebody else's change, with an enrolled key, until nobody can read them all
# defense: of one key there are 64 objections and withdrawals about one head, 64 other records, and 1,024 about one
#          content at most: `ref-forbidden`

in_production "$BASE"
commit bob "$KIRO"
victim=$HEAD
sign_off grace "$BASE..$victim"
push_as bob
landed
unpushed ada sign-off "$BASE..$victim" --target "$MAIN" --decision reject --comment 'No 0'
statement "$RECORD" >"$GROUND/objection"
specs=()
for number in {1..64}; do
    forge sign-off ada < <(sed "s/No 0/No $number/" "$GROUND/objection")
    specs+=("$FORGED:$RECORD")
done
push "${specs[@]}"
landed "$RECORD" "$FORGED"
forge sign-off ada < <(sed 's/No 0/No 65/' "$GROUND/objection")
push "$FORGED:$RECORD"
refused ref-forbidden
# Others can say what they think, and what was signed passes.
sign_off barbara "$BASE..$victim" --comment 'I looked, too'
deploy main
deployment_permitted

# attack:  signs with a reviewer's key until no record of that key about the change is taken any more, so that nobody hears
#          them take that back
# defense: objections and withdrawals have room of their own; `sign-off-revoked`

commit bob "$KIRO"
sign_off grace "$BASE..HEAD"
statement "$RECORD" >"$GROUND/approval"
specs=()
for number in {1..63}; do
    forge sign-off grace < <(sed "s/\"comment\":[^,]*,/\"comment\":\"No $number\",/" "$GROUND/approval")
    specs+=("$FORGED:$RECORD")
done
push_as grace "${specs[@]}"
landed "$RECORD" "$FORGED"
forge sign-off grace < <(sed 's/"comment":[^,]*,/"comment":"No 64",/' "$GROUND/approval")
push_as grace "$FORGED:$RECORD"
refused ref-forbidden
record grace sign-off "$BASE..HEAD" --target "$MAIN" --decision revoke
push_as bob
refused sign-off-missing sign-off-revoked

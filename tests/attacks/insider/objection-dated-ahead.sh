# attack:  objects with a clock that is years ahead, so that nothing that is said later is later
# defense: an objection was made when the server saw it, and is settled by what is said after that

commit ada "$KIRO"
unpushed grace sign-off "$BASE..HEAD" --target "$MAIN" --decision reject
reword grace 's/"signed_at":"20[0-9][0-9]/"signed_at":"2106/'
push "$RECORD"
landed "$RECORD" "$(work rev-parse "$RECORD")"
sign_off barbara "$BASE..HEAD"
push
refused vetoed
sleep 1.1
record grace sign-off "$BASE..HEAD" --target "$MAIN" --decision revoke
push
landed

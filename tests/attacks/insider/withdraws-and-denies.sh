# attack:  withdraws a sign-off after the change has landed, and dates that back, as if it had never counted
# defense: a withdrawal is a new record, and counts from when the server saw it; what landed keeps its sign-off in the
#          ledger, which says what came when

commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
signed=${RECORD##*/}
push
landed
landing=$(entry landed)
in_production "$BASE"

# Dated back to before the sign-off, it counts from now on. What was there before it stays as it was.
unpushed grace sign-off "$BASE..$HEAD" --target "$MAIN" --decision revoke
reword grace 's/"signed_at":"[^"]*/"signed_at":"2026-01-01T00:00:00Z/'
PUSHER=grace push "$RECORD"
landed "$RECORD" "$(work rev-parse "$RECORD")"
deploy "$HEAD"
deployment_refused sign-off-missing sign-off-revoked
try on_server audit show "$((landing - 1))"
says "$signed"
says grace
equal "$(($(entry record-seen) > landing))" 1
equal "$(tip)" "$HEAD"
audit
sound

# attack:  withdraws, or objects, with a clock that is slow, so that it seems to be older than the sign-off
# defense: nothing was withdrawn before the server saw that: `sign-off-revoked`, `vetoed`

back() {
    reword grace "s/\"signed_at\":\"[^\"]*/\"signed_at\":\"$(date -u -d '-3 minutes' +%Y-%m-%dT%H:%M:%SZ)/"
    push "$RECORD"
    landed "$RECORD" "$(work rev-parse "$RECORD")"
}
in_production "$BASE"
commit ada "$KIRO"
sign_off grace "$BASE..$HEAD"
unpushed grace sign-off "$BASE..$HEAD" --target "$MAIN" --decision revoke
back
push
refused sign-off-missing sign-off-revoked
# Meant anew, and after the landing taken back once more.
sleep 1.1
sign_off grace "$BASE..$HEAD" --comment 'It is fine after all'
push
landed
unpushed grace sign-off "$BASE..$HEAD" --target "$MAIN" --decision revoke --comment 'It is not'
back
deploy "$HEAD"
deployment_refused sign-off-missing sign-off-revoked
# An objection as well.
commit ada "$KIRO"
sign_off barbara "$BASE..$HEAD"
unpushed grace sign-off "$BASE..$HEAD" --target "$MAIN" --decision reject
back
push
refused vetoed

# attack:  dates a sign-off ahead by as much as a clock may be wrong, so that its own withdrawal seems older
# defense: nothing was said after the server saw it, so that what is withdrawn afterwards is withdrawn: `sign-off-revoked`

commit ada "$KIRO"
unpushed grace sign-off "origin/main..$HEAD" --target "$MAIN"
reword grace "s/\"signed_at\":\"[^\"]*/\"signed_at\":\"$(date -u -d '+4 minutes' +%Y-%m-%dT%H:%M:%SZ)/"
DATED=$RECORD
PUSHER=grace push "$DATED"
landed "$RECORD" "$(work rev-parse "$RECORD")"
sleep 1.1
sign_off grace "origin/main..$HEAD" --decision revoke
push
refused sign-off-missing sign-off-revoked
# Brought again, with another signature on it, it is as old as it was.
sleep 1.1
statement "$DATED" | tr -d '\n' >"$GROUND/statement"
forge sign-off grace ada <"$GROUND/statement"
push "+$FORGED:$DATED" "HEAD:$MAIN"
refused role-missing self-sign-off sign-off-missing sign-off-revoked
push "+$FORGED:$DATED"
landed "$DATED" "$FORGED"
push
refused role-missing self-sign-off sign-off-missing sign-off-revoked

# Once more, and meant.
sleep 1.1
sign_off grace "origin/main..$HEAD" --comment 'It is fine after all'
push
landed

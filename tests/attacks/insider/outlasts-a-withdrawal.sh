# attack:  dates a sign-off ahead by as much as a clock may be wrong, so that its own withdrawal seems older
# defense: nothing was said after the server saw it, so that what is withdrawn afterwards is withdrawn: `sign-off-revoked`

commit ada "$KIRO"
unpushed grace sign-off "origin/main..$HEAD" --target "$MAIN"
reword grace "s/\"signed_at\":\"[^\"]*/\"signed_at\":\"$(date -u -d '+4 minutes' +%Y-%m-%dT%H:%M:%SZ)/"
PUSHER=grace push "$RECORD"
landed "$RECORD" "$(work rev-parse "$RECORD")"
sleep 1.1
sign_off grace "origin/main..$HEAD" --decision revoke
push
refused sign-off-missing sign-off-revoked

# Once more, and meant.
sleep 1.1
sign_off grace "origin/main..$HEAD" --comment 'It is fine after all'
push
landed

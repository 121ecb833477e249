# attack:  dates a sign-off: ahead, so that it lives longer or outlasts a withdrawal, or gives it no end
# defense: what is from the future does not count, and its age is told by the server's clock: `sign-off-expired`

commit ada "$KIRO"
for when in '+1 day' '+10 minutes' '+100 years' '-31 days'; do
    unpushed grace sign-off "origin/main..$HEAD" --target "$MAIN"
    reword grace "s/\"signed_at\":\"[^\"]*/\"signed_at\":\"$(date -u -d "$when" +%Y-%m-%dT%H:%M:%SZ)/"
    PUSHER=grace push "$RECORD"
    landed "$RECORD" "$(work rev-parse "$RECORD")"
    push
    refused sign-off-missing sign-off-expired
done
for when in yesterday 2026-11-22 9999-99-99T99:99:99Z 1e20; do
    unpushed grace sign-off "origin/main..$HEAD" --target "$MAIN"
    reword grace "s/\"signed_at\":\"[^\"]*/\"signed_at\":\"$when/"
    PUSHER=grace push "$RECORD"
    refused ref-forbidden
done
sign_off grace "origin/main..$HEAD"
push
landed

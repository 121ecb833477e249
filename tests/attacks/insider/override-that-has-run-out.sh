# attack:  keeps an override for later, has it live longer than the policy says, or dates it ahead
# defense: it ends by the server's clock, and the policy says how long it may live: `override-expired`
# also:    tests/push_override.rs::an_override_that_has_run_out_does_not_count
# also:    tests/push_override.rs::an_override_that_lives_longer_than_allowed_does_not_count

commit ada "$KIRO"
override dana "origin/main..$HEAD" --expires 1s
sleep 2.2
push
refused sign-off-missing override-expired
override dana "origin/main..$HEAD" --expires 5h
push
refused sign-off-missing override-expired

# Made tomorrow, and no hour old then.
day=$(date -u -d '+1 day' +%Y-%m-%d)
unpushed dana override "origin/main..$HEAD" --target "$MAIN" --reason "$REASON"
reword dana -e "s/\"signed_at\":\"[^T]*/\"signed_at\":\"$day/" -e "s/\"expires_at\":\"[^\"]*/\"expires_at\":\"${day}T23:59:59Z/"
PUSHER=dana push "$RECORD"
landed "$RECORD" "$(work rev-parse "$RECORD")"
push
refused sign-off-missing override-expired

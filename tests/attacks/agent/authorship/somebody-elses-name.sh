# attack:  names somebody else as author and committer, so that its operator may sign off
# defense: whoever pushes is a contributor, and who pushes is known from the transport
# also:    tests/push_contributors.rs::the_pushers_own_sign_off_does_not_count
# also:    tests/push_contributors.rs::a_robots_account_hides_nobody
# also:    tests/push_contributors.rs::a_push_of_nobody_is_refused

commit bob "$KIRO"
sign_off grace "$BASE..HEAD"
for account in grace GRACE; do
    push_as "$account"
    refused sign-off-missing self-sign-off
done
push_as releasebot
refused pusher-unknown
push_as ''
refused pusher-unknown
push_as mallory
refused contributor-unknown
push_as bob
landed

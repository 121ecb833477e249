# attack:  signs off with a key from its operator's ssh-agent, for which nobody has to be there
# defense: `presence: touch` counts signatures of security keys alone; `presence-missing`
# also:    tests/push_presence.rs::a_key_in_a_file_does_not_count_where_a_touch_is_asked_for

policy 's/{ role: senior }/{ role: senior, presence: touch }/'
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
refused sign-off-missing presence-missing

# A key that is touched lets the same land.
security_key barbara
sign_off barbara "origin/main..$HEAD"
push
landed

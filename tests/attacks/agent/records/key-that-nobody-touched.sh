# attack:  lets a reviewer's security key sign while nobody touches it, or touches it without the PIN that is asked for
# defense: the flags in the signature are read, which neither git nor ssh-keygen does; `presence-missing`
# also:    tests/push_presence.rs::an_untouched_key_does_not_count_where_a_touch_is_asked_for
# also:    tests/push_presence.rs::a_touch_is_not_enough_where_a_pin_is_asked_for
# also:    tests/push_presence.rs::a_pin_counts_where_it_is_asked_for

policy 's/{ role: senior }/{ role: senior, presence: touch }/'
security_key grace -O no-touch-required
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
refused sign-off-missing presence-missing

# A touch is enough where one is asked for, and not where a PIN is.
security_key barbara
sign_off barbara "origin/main..$HEAD"
policy 's/presence: touch/presence: verified/'
push
refused sign-off-missing presence-missing
policy 's/presence: verified/presence: touch/'
push
landed

work fetch -q origin
policy 's/presence: touch/presence: verified/'
security_key grace -O verify-required
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
landed

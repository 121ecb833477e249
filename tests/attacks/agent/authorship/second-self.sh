# attack:  has a second self sign: another key of its operator's, an account of the agent's, a key that nobody owns
# defense: the roster is closed, and whose key it is tells who signs; two keys of a person are one person
# also:    tests/push_sign_off.rs::a_key_that_nobody_owns_does_not_count
# also:    tests/push_sign_off.rs::the_sign_off_of_somebody_who_is_not_senior_does_not_count

for key in second nobody; do
    ssh-keygen -q -t ed25519 -N '' -C "$key" -f "$KEYS/$key"
done
sed -i "/hopper@home/,/keys/s|keys: \[|&\"$(cat "$KEYS/second.pub")\", |" "$POLICY"

commit grace "$KIRO"
sign_off second "$BASE..HEAD" --comment second
push_as grace
refused sign-off-missing self-sign-off
sign_off nobody "$BASE..HEAD" --comment nobody
push_as grace
refused sign-off-missing self-sign-off reviewer-unknown
sign_off bob "$BASE..HEAD" --comment bob
push_as grace
refused sign-off-missing self-sign-off reviewer-unknown role-missing
sign_off barbara "$BASE..HEAD" --comment barbara
push_as grace
landed

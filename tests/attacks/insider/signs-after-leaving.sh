# attack:  signs, or has signed, and leaves: the team, or the company
# defense: the roster of the moment counts: `role-missing`, `reviewer-unknown`
# also:    tests/push_later.rs::a_senior_who_has_left_signs_nothing_off

good=$(cat "$POLICY")
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
policy 's/senior: { people: \[grace, barbara\] }/senior: { people: [barbara] }/'
push
refused sign-off-missing role-missing
policy '/^  grace:$/,/^    keys:/d'
push
refused sign-off-missing reviewer-unknown

# What is signed afterwards counts as little, also when it says that it is older.
unpushed grace sign-off "origin/main..$HEAD" --target "$MAIN" --comment 'From before I left'
reword grace 's/"signed_at":"[^"]*/"signed_at":"'"$(date -u -d '-1 day' +%Y-%m-%dT%H:%M:%SZ)/"
PUSHER=ada push "$RECORD"
push
refused sign-off-missing reviewer-unknown

# Release managers leave, too.
override dana "origin/main..$HEAD"
policy 's/release-manager: { people: \[dana\] }/release-manager: { people: [barbara] }/'
push
refused sign-off-missing reviewer-unknown override-not-permitted

printf '%s\n' "$good" >"$POLICY"
push
landed

# attack:  signs with a key that has run out or was taken away, and dates the record back to when it was good
# defense: a key must count at the time that was signed and now: `sign-off-invalid`, `reviewer-unknown`
# also:    tests/push_later.rs::a_key_that_has_run_out_signs_nothing_off
# also:    tests/push_later.rs::a_key_that_was_taken_away_signs_nothing_off

good=$(cat "$POLICY")
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
key=$(cat "$KEYS/grace.pub")
yesterday=$(date -u -d '-1 day' +%Y-%m-%dT%H:%M:%SZ)
policy "s|\"$key\"|{ key: \"$key\", valid-before: $yesterday }|"
push
refused sign-off-missing sign-off-invalid
unpushed grace sign-off "origin/main..$HEAD" --target "$MAIN" --comment 'Found it in a drawer'
reword grace "s/\"signed_at\":\"[^\"]*/\"signed_at\":\"$(date -u -d '-2 days' +%Y-%m-%dT%H:%M:%SZ)/"
PUSHER=grace push "$RECORD"
landed "$RECORD" "$(work rev-parse "$RECORD")"
push
refused sign-off-missing sign-off-invalid

# One that is not good yet.
printf '%s\n' "$good" >"$POLICY"
policy "s|\"$key\"|{ key: \"$key\", valid-after: $(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ) }|"
push
refused sign-off-missing sign-off-invalid

# One that was taken away.
printf '%s\n' "$good" >"$POLICY"
ssh-keygen -q -t ed25519 -N '' -C new -f "$KEYS/new"
policy "s|$(cut -d' ' -f2 <<<"$key")|$(cut -d' ' -f2 "$KEYS/new.pub")|"
push
refused sign-off-missing reviewer-unknown
printf '%s\n' "$good" >"$POLICY"
push
landed

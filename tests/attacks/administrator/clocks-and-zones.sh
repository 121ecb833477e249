# attack:  runs the server in another time zone, gives a key an end without a zone, or sets the clock back
# defense: times are UTC and say so, everywhere else they are errors; `doctor` compares the clock with the last record

good=$(cat "$POLICY")
key=$(cat "$KEYS/grace.pub")
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
for end in 2026-01-01 2026-01-01T00:00:00 '"2026-01-01 00:00"' 20260101 1767225600 tomorrow; do
    policy "s|\"$key\"|{ key: \"$key\", valid-before: $end }|"
    push
    refused policy-unreadable
    says 'error[timestamp]'
    printf '%s\n' "$good" >"$POLICY"
done

# It ended an hour ago, whatever the clock on the wall says, and it ends in an hour.
policy "s|\"$key\"|{ key: \"$key\", valid-before: $(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ) }|"
for TZ in UTC Pacific/Kiritimati Pacific/Pago_Pago UTC+23; do
    push
    refused sign-off-missing sign-off-invalid
done
printf '%s\n' "$good" >"$POLICY"
policy "s|\"$key\"|{ key: \"$key\", valid-before: $(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ) }|"
TZ=Pacific/Kiritimati push
landed

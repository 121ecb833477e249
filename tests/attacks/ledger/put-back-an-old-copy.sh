# attack:  puts an old copy of the ledger back, from before an override was used or an objection was made
# defense: the gate remembers what it signed: `ledger-unavailable`; a checkpoint kept elsewhere finds even both put back
# also:    tests/push_outage.rs::with_a_ledger_from_before_an_override_nothing_lands
# also:    tests/ledger_seals.rs::a_ledger_from_before_an_objection_is_refused
# also:    tests/ledger_tampering.rs::an_old_copy_is_found_even_after_it_has_grown

commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
keep_ledger signed
sleep 1.1
sign_off grace "origin/main..$HEAD" --decision revoke
put_back signed
push
refused ledger-unavailable
says 'its end was cut off, or an old copy restored'

# The same for an override.
rm -f "$LEDGER"*
cp -a "$GROUND/signed/." "$SERVER/countersign/"
override dana "origin/main..$HEAD"
keep_ledger given
push
landed
try on_server audit checkpoint
printf '%s\n' "$SAID" >"$GROUND/kept"
put_back given
server update-ref "$MAIN" "$BASE"
push
refused ledger-unavailable

# With its memory put back as well, the gate itself cannot know. Whoever kept a checkpoint does.
put_back given ledger.sqlite gate.key.checkpoint
audit
sound
audit --against "$GROUND/kept"
damaged "truncated:$(sed -n 2p "$GROUND/kept")"

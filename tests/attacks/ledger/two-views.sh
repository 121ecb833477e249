# attack:  keeps two ledgers that went apart, and shows each auditor the one that they should see
# defense: of two with one beginning, each continues its own checkpoints alone; the other's tell

commit ada "$KIRO"
push
refused sign-off-missing
keep_ledger fork
override dana "origin/main..$HEAD"
push
landed
try on_server audit checkpoint
printf '%s\n' "$SAID" >"$GROUND/shown-to-one"
keep_ledger one

# The gate with its key goes on from the fork, as far as the other one.
rm -f "$LEDGER"*
cp -a "$GROUND/fork/." "$SERVER/countersign/"
server update-ref "$MAIN" "$BASE"
while [[ $(sql 'SELECT size FROM head') -lt $(sed -n 2p "$GROUND/shown-to-one") ]]; do
    push HEAD:refs/tags/v1
    refused sign-off-missing
done
try on_server audit checkpoint
printf '%s\n' "$SAID" >"$GROUND/shown-to-other"
audit --against "$GROUND/shown-to-other"
sound
equal "$(sed -n 2p "$GROUND/shown-to-other")" "$(sed -n 2p "$GROUND/shown-to-one")"
audit --against "$GROUND/shown-to-one"
damaged "rewritten:$(sed -n 2p "$GROUND/shown-to-one")"

# attack:  looks on the runner, in its clone, its cache and its verdicts for the gate's key, and hands in a public one for it
# defense: who judges without the ledger, or verifies, needs the public half alone, and can sign nothing with it

in_production "$BASE"
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
landed
away
verdict "$HEAD"
deployment_permitted
key=$(server config countersign.key)
verify "$HEAD"
verified
deploy_away "$HEAD"
deployment_permitted

# Every object, file and answer that a runner gets.
{
    git -C "$AWAY" cat-file --batch-all-objects --batch
    find "$AWAY/.git" -type f -exec cat {} +
    cat "$VERDICT" "$key.pub"
    printf '%s' "$SAID"
} >"$GROUND/all" 2>/dev/null
secret=$(grep -v '^-' "$key" | tail -2 | head -1)
if [[ ${#secret} -lt 60 ]]; then complain 'the key is not as it was'; fi
if grep -qaF "$secret" "$GROUND/all"; then complain 'a part of the private key is there'; fi

# The public half makes no verdict.
try in_folder "$AWAY" "$PROGRAM" gate --environment production --to "$HEAD" --policy "$POLICY" --repository acme/shop \
    --ledger "$SERVER/countersign/ledger.sqlite" --gate-key "$key.pub" --attest "$GROUND/own.json"
if [[ $STATUS == 0 || -e $GROUND/own.json ]]; then complain 'a verdict was made without the key'; fi
deploy_away "$HEAD" --attest "$GROUND/own.json"
ended 2

# attack:  writes a verdict itself: signed with a key of its own, altered, spelled otherwise, with a field twice; or shows a
#          refusal as a permit
# defense: the gate's key signed it or nobody did, and there is one spelling; what is not one is none
# also:    tests/attest.rs::no_change_goes_unnoticed
# also:    tests/attest.rs::the_gate_writes_its_verdict_on_a_deployment
# also:    src/audit/attest/tests.rs::other_keys_and_other_bytes_are_refused

in_production "$BASE"
commit ada "$KIRO"
push HEAD:refs/heads/topic
server update-ref "$MAIN" "$HEAD"
echo 'an old one' >"$VERDICT"
verdict "$HEAD"
deployment_refused sign-off-missing
verify "$HEAD"
doubted refused
refusal=$(cat "$VERDICT")
payload=$(sed -E 's/.*"payload":"([^"]*)".*/\1/' <<<"$refusal")
altered=$(base64 -d <<<"$payload" | sed 's/FAILED/PASSED/g' | base64 -w0)
printf '%s' "${refusal/"$payload"/"$altered"}" >"$VERDICT"
verify "$HEAD"
doubted altered

# Everything is as it must be, but for the key.
permitted=$(base64 -d <<<"$payload" |
    sed 's/"verificationResult":"FAILED"/"verificationResult":"PASSED"/; s/\["FAILED"\]/["ORG_SOURCE_COUNTERSIGN_DEPLOY_PERMITTED"]/')
own=$GROUND/own.pem
openssl genpkey -algorithm ed25519 -out "$own" 2>/dev/null
printf 'DSSEv1 28 application/vnd.in-toto+json %d %s' "${#permitted}" "$permitted" >"$GROUND/message"
openssl pkeyutl -sign -inkey "$own" -rawin -in "$GROUND/message" -out "$GROUND/signature"
forged=$(sed -E "s|\"payload\":\"[^\"]*\"|\"payload\":\"$(printf %s "$permitted" | base64 -w0)\"|
    s|\"sig\":\"[^\"]*\"|\"sig\":\"$(base64 -w0 "$GROUND/signature")\"|" <<<"$refusal")
printf '%s' "$forged" >"$VERDICT"
verify "$HEAD"
doubted altered
printf '%s' "$forged" | sed -E 's/"keyid":"[^"]*"/"keyid":"SHA256:0000000000000000000000000000000000000000000"/' >"$VERDICT"
verify "$HEAD"
doubted other-key

# And the gate's own, in other words.
record grace sign-off "$BASE..$HEAD" --environment production
verdict "$HEAD"
deployment_permitted
verify "$HEAD"
verified
good=$(cat "$VERDICT")
for change in 's/,/, /' 's/^\{/{"payload":"",/' 's/$/ /' 's/"payload":"e/"payload":"\\u0065/'; do
    printf '%s' "$good" | sed -E "$change" >"$VERDICT"
    verify "$HEAD"
    ended 1
    says '"verified":false'
done
echo '{"decision":"permit","verified":true}' >"$VERDICT"
verify "$HEAD"
doubted not-a-verdict

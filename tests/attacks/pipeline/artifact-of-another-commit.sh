# attack:  deploys an artifact that was built from another commit than the one that was permitted, or with a builder's word that
#          is nobody's
# defense: the builder's signed provenance leads from the artifact's digest to the commit, and the verdict must be about that
# also:    tests/attest.rs::an_artifact_is_traced_to_its_commit_first

in_production "$BASE"
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
landed
commit ada "$KIRO" till 'open'
permitted=$(work rev-parse HEAD~1)
verdict "$permitted"
deployment_permitted

for builder in builder mallory; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$GROUND/$builder.key" 2>/dev/null
    openssl pkey -in "$GROUND/$builder.key" -pubout -out "$GROUND/$builder.pem"
done
# built ARTIFACT COMMIT BUILDER: writes a builder's word to $GROUND/provenance.
built() {
    local statement type=application/vnd.in-toto+json
    statement=$(printf '{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"%s","digest":{"sha256":"%s"}}],' \
        "$1" "$(sha256sum <"$GROUND/$1" | cut -d' ' -f1)")
    statement+='"predicateType":"https://slsa.dev/provenance/v1","predicate":{"buildDefinition":{"buildType":"https://ci.example.com"'
    statement+=',"externalParameters":{},"resolvedDependencies":[{"uri":"git+https://git.example.com/acme/shop","digest":{"gitCommit":"'
    statement+=$2'"}}]},"runDetails":{"builder":{"id":"https://ci.example.com/"}}}}'
    printf 'DSSEv1 %d %s %d %s' "${#type}" "$type" "${#statement}" "$statement" >"$GROUND/message"
    openssl dgst -sha256 -sign "$GROUND/$3.key" -out "$GROUND/signature" "$GROUND/message"
    printf '{"payloadType":"%s","payload":"%s","signatures":[{"sig":"%s"}]}' "$type" "$(printf %s "$statement" | base64 -w0)" \
        "$(base64 -w0 "$GROUND/signature")" >"$GROUND/provenance"
}
verify_artifact() {
    try "$PROGRAM" verify "$VERDICT" --gate-key "$(server config countersign.key).pub" --repository acme/shop \
        --environment production --format json --artifact "$GROUND/$1" --provenance "$GROUND/provenance" \
        --provenance-key "$GROUND/builder.pem" "${@:2}"
}
echo 'a shop' >"$GROUND/shop"
echo 'a shop with an open till' >"$GROUND/other"
built shop "$permitted" builder
verify_artifact shop
verified
verify_artifact other
doubted provenance
verify_artifact shop --subject "$HEAD"
doubted provenance
built other "$HEAD" builder
verify_artifact other
doubted other-commit
verify_artifact other --subject "$permitted"
doubted provenance
built other "$permitted" mallory
verify_artifact other
doubted provenance
sed -i 's/"sig":"/"sig":"MEUCIQ/' "$GROUND/provenance"
verify_artifact other
doubted provenance

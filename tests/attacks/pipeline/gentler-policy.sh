# attack:  judges by a policy of its own where the gate's server is not: one that asks for nothing, or with one more senior
# defense: the digest of the gate's policy is signed with the archive; `policy-rolled-back`
# also:    tests/gate_rig/offline.rs::the_policy_is_the_gates

in_production "$BASE"
commit ada "$KIRO"
push HEAD:refs/heads/topic
server update-ref "$MAIN" "$HEAD"
away
deploy_away "$HEAD"
deployment_refused candidate-unguarded contributor-unknown sign-off-missing
key=$(server config countersign.key).pub
with_policy() {
    try in_folder "$AWAY" "$PROGRAM" gate --environment production --to "$HEAD" --gate-key-public "$key" \
        --policy "$1" --repository acme/shop
    ended 3
    says '[policy-rolled-back]'
}
printf 'version: 1\ngates: [{ name: all, refs: ["refs/heads/**"] }]\n' >"$GROUND/gentle.yaml"
with_policy "$GROUND/gentle.yaml"
sed 's/people: \[grace, barbara\]/people: [grace, barbara, ada]/' "$POLICY" >"$GROUND/gentle.yaml"
with_policy "$GROUND/gentle.yaml"
{ cat "$POLICY"; echo '# the same'; } >"$GROUND/gentle.yaml"
with_policy "$GROUND/gentle.yaml"

# On the server no other policy is taken at all.
deploy "$HEAD" --policy "$GROUND/gentle.yaml"
ended 4

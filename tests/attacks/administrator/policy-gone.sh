# attack:  deletes the policy, empties it, puts a folder or a device in its place, or takes the gate's settings out
# defense: everything is refused, and the refusal is recorded: `policy-unreadable`
# also:    tests/push_outage.rs::without_its_policy_nothing_lands
# also:    tests/push_outage.rs::with_an_invalid_policy_nothing_lands
# also:    tests/push_outage.rs::without_policy_and_ledger_nothing_lands_either
# also:    tests/push_outage.rs::without_its_settings_nothing_lands
# also:    tests/push_outage.rs::a_refusal_for_want_of_a_policy_is_recorded

good=$(cat "$POLICY")
commit ada 'Sort the shelves'
nothing_lands() {
    for ref in "$MAIN" refs/heads/topic; do
        push "HEAD:$ref"
        refused policy-unreadable
        if [[ $# != 0 ]]; then says "error[$1]"; fi
        equal "$(sql "SELECT json ->> '\$.statement.codes' FROM entry ORDER BY number DESC LIMIT 1")" '["policy-unreadable"]'
    done
    rm -rf "$POLICY"
}
rm "$POLICY"
nothing_lands
mkdir "$POLICY"
nothing_lands
: >"$POLICY"
nothing_lands empty
ln -s /dev/null "$POLICY"
nothing_lands empty
ln -s policy.yaml "$POLICY"
nothing_lands
head -c 3000000 /dev/zero | tr '\0' '#' >"$POLICY"
nothing_lands too-large
printf 'version: 1\n' >"$POLICY"
nothing_lands missing-key
rm -rf "$GROUND/site"
nothing_lands
mkdir "$GROUND/site"
printf '%s\n' "$good" >"$POLICY"
server config --rename-section countersign before
push
refused policy-unreadable
server config --rename-section before countersign
for name in repository policy; do
    value=$(server config "countersign.$name")
    server config --unset "countersign.$name"
    push
    refused policy-unreadable
    server config "countersign.$name" "$value"
done
push
landed

# attack:  makes the repository that a deployment is judged in a partial clone of a remote whose program is its own: git runs
#          that when something is missing
# defense: what is missing is missing; nothing is fetched to judge. `facts-unknown`
# also:    tests/gate_deployments.rs::a_partial_clone_judges_as_far_as_it_can_see

in_production "$BASE"
commit ada "$KIRO" shelf 'sorted'
sign_off grace "origin/main..$HEAD"
push
landed
server config uploadpack.allowFilter true
judged_in() {
    git clone -q --bare --filter="$1" "file://$SERVER" "$GROUND/$1"
    git -C "$GROUND/$1" config remote.origin.uploadpack "$TRAP"
    try in_folder "$GROUND/$1" "$PROGRAM" gate --environment production --to "$HEAD" --policy "$POLICY" \
        --ledger "$SERVER/countersign/ledger.sqlite" --gate-key "$(server config countersign.key)" --repository acme/shop
}
judged_in tree:0
deployment_refused facts-unknown
judged_in blob:none
deployment_permitted
nothing_ran
git -C "$GROUND/tree:0" cat-file -p "$HEAD^{tree}" >/dev/null 2>&1 || true
ran

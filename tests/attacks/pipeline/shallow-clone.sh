# attack:  deploys from a clone that is cut off below the candidate, grafted, or full of replaced objects, so that nothing
#          seems new
# defense: `history-obscured`; nothing of it is honored
# also:    tests/gate_deployments.rs::a_clone_beside_the_ledger_judges_alike_and_a_shallow_one_is_refused

in_production "$BASE"
commit ada "$KIRO"
agents=$HEAD
commit ada 'Sweep the floor'
push HEAD:refs/heads/topic
server update-ref "$MAIN" "$HEAD"
beside() {
    try in_folder "$GROUND/$1" "$PROGRAM" gate --environment production --to HEAD --policy "$POLICY" \
        --ledger "$SERVER/countersign/ledger.sqlite" --gate-key "$(server config countersign.key)" --repository acme/shop
}
git clone -q "file://$SERVER" "$GROUND/full"
beside full
deployment_refused sign-off-missing
for depth in 1 2; do
    git clone -q --depth "$depth" "file://$SERVER" "$GROUND/shallow-$depth"
    beside "shallow-$depth"
    if [[ $STATUS == 0 ]]; then complain "a clone of depth $depth was believed"; fi
    says '[history-obscured]'
    says 'git fetch --unshallow'
done
git clone -q "file://$SERVER" "$GROUND/replaced"
git -C "$GROUND/replaced" replace --graft "$HEAD" "$BASE"
git -C "$GROUND/replaced" log -1 --format=%s "$HEAD~1" >/dev/null
beside replaced
deployment_refused history-obscured sign-off-missing
git clone -q "file://$SERVER" "$GROUND/grafted"
mkdir -p "$GROUND/grafted/.git/info"
echo "$HEAD $BASE" >"$GROUND/grafted/.git/info/grafts"
beside grafted
deployment_refused history-obscured sign-off-missing
says "${agents:0:7}"

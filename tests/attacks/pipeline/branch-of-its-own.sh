# attack:  commits to a branch of its own clone that is called like a guarded one, and deploys that
# defense: where the server's branches were fetched they alone stand for them; `candidate-unguarded`

in_production "$BASE"
git clone -q "file://$SERVER" "$GROUND/clone"
echo open >"$GROUND/clone/till"
git -C "$GROUND/clone" add till
as ada git -C "$GROUND/clone" commit -q -m 'Just a change of a person'
beside() {
    try in_folder "$GROUND/clone" "$PROGRAM" gate --environment production --to "$1" --policy "$POLICY" \
        --ledger "$SERVER/countersign/ledger.sqlite" --gate-key "$(server config countersign.key)" --repository acme/shop
}
for candidate in HEAD main refs/heads/main; do
    beside "$candidate"
    deployment_refused candidate-unguarded
done
git -C "$GROUND/clone" branch release/1
git -C "$GROUND/clone" update-ref refs/remotes/upstream/main HEAD
beside HEAD
deployment_refused candidate-unguarded

# It may go once it landed and was fetched.
commit ada 'Sort the shelves'
push
landed
git -C "$GROUND/clone" fetch -q
beside origin/main
deployment_permitted

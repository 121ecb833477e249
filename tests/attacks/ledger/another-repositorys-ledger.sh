# attack:  puts another repository's ledger in the place of this one's, or points the settings at it
# defense: each ledger is signed by its own gate's key: `ledger-unavailable`; and entries name their repository

other=$GROUND/play.git
git init -q --bare -b main "$other"
work push -q "$other" "$BASE:$MAIN"
sed 's|refs/heads/main|refs/heads/none|' "$POLICY" >"$GROUND/site/loose.yaml"
try "$PROGRAM" install "$other" --repository acme/play --policy "$GROUND/site/loose.yaml"
ended 0
# There, an agent's change lands without anybody.
commit ada "$KIRO"
as ada git -C "$WORK" push -q "$other" "HEAD:$MAIN"
keep_ledger now

rm -f "$LEDGER"*
cp -a "$other/countersign/ledger.sqlite"* "$SERVER/countersign/"
push
refused ledger-unavailable
put_back now

server config countersign.ledger "$other/countersign/ledger.sqlite"
push
refused ledger-unavailable
# With its key, it is a ledger, but it knows nothing of this repository: not even that it was adopted.
server config countersign.key "$other/countersign/gate.key"
push
refused sign-off-missing
check_up
finds hole:adoption
# Nor does it under the other repository's name: what landed there landed on no ref that this policy guards.
server config countersign.repository acme/play
push
refused sign-off-missing

# attack:  puts another key in the place of the gate's, a public one, none, or one that others may read
# defense: the ledger and what the gate remembers are signed by the one key: `ledger-unavailable`

key=$SERVER/countersign/gate.key
commit ada 'Sort the shelves'
cp -p "$key" "$GROUND/own"
ssh-keygen -q -t ed25519 -N '' -C other -f "$GROUND/other"
ssh-keygen -q -t ed25519 -N secret -C other -f "$GROUND/locked"
ssh-keygen -q -t rsa -b 2048 -N '' -C other -f "$GROUND/rsa"
: >"$GROUND/empty"
chmod 600 "$GROUND/empty"
for swapped in other locked rsa other.pub own.pub empty; do
    cp "$key.pub" "$GROUND/own.pub"
    cp "$GROUND/$swapped" "$key"
    chmod 600 "$key"
    push
    refused ledger-unavailable
    push HEAD:refs/heads/topic
    refused ledger-unavailable
done
rm "$key"
push
refused ledger-unavailable
cp -p "$GROUND/own" "$key"
for mode in 644 640 604; do
    chmod "$mode" "$key"
    push
    refused ledger-unavailable
    check_up
    finds hole:gate-key
done
chmod 600 "$key"
push
landed

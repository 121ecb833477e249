# attack:  keeps policy, ledger, settings, hooks or refs where those who push can write, or the key where they can read
# defense: `doctor` finds every such file and folder, and --fix closes them
# also:    tests/installation/holes.rs::holes_in_files_are_found

opened() {
    chmod "$2" "$1"
    check_up
    finds "hole:$3"
    check_up --fix --yes
    finds
}
opened "$POLICY" 666 policy-writable
opened "$GROUND/site" 777 policy-writable
# By way of a link to where everybody may write.
mkdir "$GROUND/public"
chmod 777 "$GROUND/public"
mv "$POLICY" "$GROUND/public/policy.yaml"
ln -s "$GROUND/public/policy.yaml" "$POLICY"
check_up
finds hole:policy-writable
check_up --fix --yes
finds
opened "$SERVER/config" 646 config-writable
opened "$SERVER/hooks" 777 hook-program
opened "$SERVER/hooks/pre-receive" 757 hook-program
opened "$SERVER/countersign/gate.key" 640 gate-key
opened "$SERVER/countersign/gate.key.checkpoint" 666 checkpoint-writable
opened "$LEDGER" 666 ledger-writable
opened "$SERVER/refs/heads" 777 refs-writable
opened "$SERVER/objects" 777 refs-writable

# attack:  writes the whole ledger anew: with another key, the same program and a history without the override
# defense: the gate's key is not in the file, so nothing there is signed: `ledger-unavailable`
# also:    tests/ledger_tampering.rs::a_rewritten_ledger_is_found_and_gets_no_signature
# also:    tests/ledger_tampering.rs::nothing_is_added_without_the_key

commit ada "$KIRO"
override dana "origin/main..$HEAD"
push
landed
keep_ledger now
try on_server audit checkpoint
printf '%s\n' "$SAID" >"$GROUND/kept"

# Another server, where the same change landed as if Grace had signed it.
forged=$GROUND/forged.git
git init -q --bare -b main "$forged"
work push -q "$forged" "$BASE:$MAIN"
try "$PROGRAM" install "$forged" --repository acme/shop --policy "$POLICY"
ended 0
real=$SERVER
SERVER=$forged
LEDGER=$forged/countersign/ledger.sqlite
work remote set-url origin "$forged"
sign_off grace "$BASE..$HEAD"
push
landed
work remote set-url origin "$real"
keep_ledger forged
SERVER=$real
export LEDGER=$real/countersign/ledger.sqlite

commit ada 'Sort the shelves'
for files in ledger.sqlite 'ledger.sqlite gate.key.checkpoint' 'ledger.sqlite gate.key.checkpoint gate.key.pub'; do
    # shellcheck disable=SC2086  # names of files, one after the other
    put_back forged $files
    push
    refused ledger-unavailable
    audit
    ended 1
    put_back now ledger.sqlite gate.key.checkpoint gate.key.pub
done

# Not even an auditor who is given the other key takes it for what was signed for.
put_back forged ledger.sqlite gate.key.checkpoint gate.key.pub gate.key
audit
sound
audit --against "$GROUND/kept"
damaged checkpoint

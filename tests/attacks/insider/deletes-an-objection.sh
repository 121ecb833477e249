# attack:  deletes a record, as a client or on the server, so that an objection or a withdrawal is forgotten
# defense: no client deletes a record: `ref-forbidden`; and one that was seen once stays in the ledger
# also:    tests/push_records.rs::a_client_deletes_no_record
# also:    tests/push_records.rs::what_was_taken_back_stays_taken_back_when_its_ref_is_gone

commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
sleep 1.1
sign_off grace "origin/main..$HEAD" --decision revoke
revoked=$RECORD
sign_off barbara "origin/main..$HEAD" --decision reject
for ref in "$revoked" "$RECORD"; do
    for person in grace barbara dana; do
        PUSHER=$person push ":$ref"
        refused ref-forbidden
        PUSHER=$person push "+$(work hash-object -w "$WORK/.git/HEAD"):$ref"
        refused ref-forbidden
    done
    server update-ref -d "$ref"
done
PUSHER=ada push
refused sign-off-missing sign-off-revoked vetoed

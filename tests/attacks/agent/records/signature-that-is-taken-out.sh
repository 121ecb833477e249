# attack:  replaces a record on the server by a copy without its signatures, with strangers' in their place, or spelled
#          otherwise, so that nothing counts or nobody finds it
# defense: a record only gains signatures, of people on the roster, and each once; `ref-forbidden`
# also:    tests/push_record_refs.rs::nobody_takes_a_signature_out_of_a_record
# also:    tests/push_record_refs.rs::only_people_on_the_roster_add_to_a_record
# also:    tests/push_record_refs.rs::the_archive_holds_what_was_signed_whatever_its_ref_says
# also:    tests/push_cosigned.rs::strangers_who_flood_a_sign_off_do_not_spoil_it
# also:    tests/push_cosigned.rs::strangers_who_flood_an_override_do_not_spoil_it
# also:    tests/push_cosigned.rs::a_spoiled_copy_takes_no_signature_away

stranger mallory
commit bob "$KIRO"
sign_off grace "origin/main..$HEAD"
name=$RECORD
statement "$name" >"$GROUND/statement"
for keys in mallory bob 'bob barbara' 'grace mallory' 'grace barbara mallory'; do
    # shellcheck disable=SC2086  # several keys
    forge sign-off $keys <"$GROUND/statement"
    push "+$FORGED:$name"
    refused ref-forbidden
done
blob=$(work cat-file blob "$name" | sed 's/,/, /' | store blob)
push "+$blob:$name"
refused ref-forbidden

# Not even where the record's ref is gone.
server update-ref -d "$name"
forge sign-off mallory <"$GROUND/statement"
push "$FORGED:$name"
refused ref-forbidden
push
landed

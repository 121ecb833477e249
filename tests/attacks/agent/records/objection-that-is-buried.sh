# attack:  buries a reviewer's objection: under an empty commit, a merge, an amended message, strangers' records, or by
#          deleting its ref
# defense: an objection to any commit of the change stands, and the ledger keeps what it has seen; `vetoed`
# also:    tests/push_sign_off.rs::a_veto_survives_an_empty_commit_on_top
# also:    tests/push_records.rs::a_client_deletes_no_record
# also:    tests/push_cosigned.rs::strangers_who_flood_an_objection_do_not_bury_it
# also:    tests/push_record_refs.rs::strangers_write_few_records_about_a_change_and_hinder_nobody

commit ada "$KIRO"
judged=$HEAD
record grace sign-off "origin/main..$HEAD" --target "$MAIN" --decision reject --comment 'This opens the till'
objection=$RECORD
statement "$objection" >"$GROUND/objection"
push ":$objection"
refused ref-forbidden
server update-ref -d "$objection"
sign_off barbara "origin/main..$HEAD"
push
refused vetoed

# Sixteen strangers say the same about the same, and the seventeenth is one too many.
stranger mallory
refspecs=()
for number in {1..16}; do
    forge sign-off mallory < <(sed "s/This opens the till/All is well, says number $number/" "$GROUND/objection")
    refspecs+=("$FORGED:$RECORD")
done
push "${refspecs[@]}"
landed "$RECORD" "$FORGED"
forge sign-off mallory < <(sed 's/This opens the till/All is well/' "$GROUND/objection")
push "$FORGED:$RECORD"
refused ref-forbidden

work commit -q --allow-empty -m 'Look again'
sign_off barbara "origin/main..HEAD"
push
refused vetoed sign-off-stale
work checkout -q -b side "$BASE"
commit bob 'Sweep the floor'
work merge -q --no-ff -m 'Merge what was judged' "$judged"
sign_off barbara "origin/main..HEAD"
push
refused vetoed sign-off-stale

# Whoever objected lifts it.
sleep 1.1
work checkout -q --detach "$judged"
record grace sign-off "origin/main..$judged" --target "$MAIN"
push
landed

# attack:  writes the gate's own refs: an archive, a verdict, a record's folder; in other letters, too
# defense: clients see none of them, and records alone get in; `ref-forbidden`, or git's own refusal
# also:    tests/push_records.rs::a_client_writes_neither_the_archive_nor_verdicts

commit ada "$KIRO"
push HEAD:refs/countersign/archive
stopped 'hidden ref'
for name in anything verdicts/main sign-offs/x "sign-offs/$HEAD" "sign-offs/$HEAD/${HEAD}000000000000000000000000"; do
    push "HEAD:refs/countersign/$name"
    if [[ $SAID == *'hidden ref'* ]]; then stopped 'hidden ref'; else refused ref-forbidden; fi
done
push HEAD:refs/Countersign/archive
refused ref-forbidden
push HEAD:refs/countersign
refused ref-forbidden
sign_off grace "origin/main..$HEAD"
push
landed
push +HEAD:refs/countersign/archive
stopped 'hidden ref'
# To whom it is hidden, it has no old value.
push :refs/countersign/archive
refused ref-forbidden

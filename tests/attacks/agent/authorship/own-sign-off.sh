# attack:  signs off with its operator's key what the operator wrote, committed or is a co-author of
# defense: contributors never count; compared as persons with all their keys, mails and accounts
# also:    tests/push_contributors.rs::the_authors_own_sign_off_does_not_count
# also:    tests/push_contributors.rs::the_committers_own_sign_off_does_not_count
# also:    tests/push_contributors.rs::a_co_authors_own_sign_off_does_not_count

own_sign_off_counts_not() {
    sign_off grace "$BASE..HEAD"
    push
    refused sign-off-missing self-sign-off
    says 'Barbara Liskov'
    work reset -q --hard "$BASE"
}

commit ada "$KIRO"
work commit -q --amend --no-edit --author 'Grace Hopper <grace@example.com>'
own_sign_off_counts_not
commit ada "$KIRO"
as grace git commit -q --amend --no-edit --author 'Ada Byron <ada@example.com>'
own_sign_off_counts_not
commit ada "$KIRO
Co-authored-by: Grace Hopper <grace@example.com>"
own_sign_off_counts_not
commit grace "$KIRO"
sign_off barbara "$BASE..HEAD"
push
landed

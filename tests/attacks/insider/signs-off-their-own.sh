# attack:  signs off what they wrote, committed, helped with or pushed, under whichever of their addresses
# defense: whoever worked on a change is nobody's reviewer of it: `self-sign-off`
# also:    tests/push_contributors.rs::the_authors_own_sign_off_does_not_count
# also:    tests/push_contributors.rs::the_committers_own_sign_off_does_not_count
# also:    tests/push_contributors.rs::the_pushers_own_sign_off_does_not_count

own() {
    sign_off grace "origin/main..HEAD"
    push
    refused sign-off-missing self-sign-off
    work reset -q --hard origin/main
}
commit grace "$KIRO"
own
for address in hopper@home.example.com GRACE@example.com grace+ci@example.com 42+amazing-grace@users.noreply.github.com; do
    commit ada "$KIRO"$'\n'"Co-authored-by: G. <$address>"
    own
done
commit grace 'Begin'
commit ada "$KIRO"
own
commit ada "$KIRO"
as grace git -C "$WORK" commit -q --amend --no-edit
own

commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
PUSHER=grace push
refused sign-off-missing self-sign-off
push
landed

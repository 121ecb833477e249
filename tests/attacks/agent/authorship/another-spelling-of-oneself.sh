# attack:  commits under a second mail of its operator's, a plus-address, another account or another spelling, so that
#          the operator may sign off
# defense: every way in which a person may be named excludes them
# also:    tests/push_contributors.rs::nor_under_a_second_mail
# also:    tests/push_contributors.rs::nor_under_a_plus_address
# also:    tests/push_contributors.rs::nor_under_the_address_of_another_account
# also:    tests/push_contributors.rs::nor_under_another_spelling_of_the_name

while read -r who; do
    work reset -q --hard "$BASE"
    commit ada "$KIRO"
    work commit -q --amend --no-edit --author "$who"
    sign_off grace "$BASE..HEAD"
    push
    refused sign-off-missing self-sign-off
done <<'END'
G. Hopper <hopper@home.example.com>
Somebody <GRACE@Example.COM>
Somebody <grace+shop@example.com>
Somebody <Hopper+Shop+1@HOME.example.com>
amazing-grace <42+Amazing-Grace@users.noreply.github.com>
amazing-grace <amazing-grace@users.noreply.github.com>
Grace Hopper <somebody@elsewhere.example.com>
grасе  HOPPER <somebody@elsewhere.example.com>
Grace​ Hopper <somebody@elsewhere.example.com>
Ｇｒａｃｅ Hopper <somebody@elsewhere.example.com>
END
# Whoever is nobody of these is nobody.
work reset -q --hard "$BASE"
commit ada "$KIRO"
work commit -q --amend --no-edit --author 'Mallory <mallory@elsewhere.example.com>'
sign_off grace "$BASE..HEAD"
push
refused contributor-unknown

# attack:  gives a reason of a word, of blanks, or without the ticket that is asked for
# defense: the trimmed reason must be long enough, and the whole ticket must match: `override-reason-insufficient`
# also:    tests/push_override.rs::a_short_reason_does_not_count
# also:    tests/push_override.rs::a_missing_ticket_does_not_count

commit ada "$KIRO"
for REASON in asdf '  because                 ' $'\t\t\t\t\t\t\t\t\t\t\tx'; do
    override dana "origin/main..$HEAD"
    push
    refused sign-off-missing override-reason-insufficient
done
policy_adds <<<"override: { role: release-manager, reason: { ticket: 'INC-[0-9]+' } }"
export REASON='Checkout is down, see ticket INC-7'
for ticket in '' INC- XINC-7 INC-7x; do
    override dana "origin/main..$HEAD" ${ticket:+--ticket "$ticket"}
    push
    refused sign-off-missing override-reason-insufficient
done
override dana "origin/main..$HEAD" --ticket INC-7
push
landed

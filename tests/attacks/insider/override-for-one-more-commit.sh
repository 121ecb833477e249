# attack:  uses an override for more, less or something else than it was given for
# defense: it is bound to the commit that was shown: `override-stale`
# also:    tests/push_override.rs::an_override_of_another_head_does_not_count

commit ada "$KIRO"
given=$HEAD
override dana "origin/main..$HEAD"
commit ada 'One more thing'
push
refused sign-off-missing override-stale
work commit -q --amend --no-edit -m "$KIRO"
push
refused sign-off-missing override-stale

# The same content under another message.
work reset -q --hard "$given"
work commit -q --amend -m "$KIRO"$'\nTested-by: Ada Byron <ada@example.com>'
push
refused sign-off-missing

# A merge that the override did not see, and the commit itself.
work reset -q --hard "$BASE"
commit ada 'Sort the shelves'
work merge -q --no-ff -m 'Bring both together' "$given"
push
refused sign-off-missing override-stale
work reset -q --hard "$given"
push
landed

# The same where it is for a deployment, from whatever runs there.
in_production "$BASE"
record dana override "$given" --environment production --reason "$REASON"
commit ada 'One more thing'
push
landed
deploy "$HEAD"
deployment_refused sign-off-missing override-stale

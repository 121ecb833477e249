# attack:  has an override reviewed by who gave it, by who profited from it, by nobody, or twice
# defense: a reviewer is a person of the policy who had no part in either, once
# also:    tests/cli_audit.rs::an_override_is_reviewed_by_somebody_who_had_no_part_in_it

commit bob "$KIRO"
override dana "origin/main..$HEAD"
used=${RECORD##*/}
push
landed
for reviewer in dana:'dana gave this override' \
    bob:'bob worked on the change' ada:'ada worked on the change' \
    Grace:'nobody in the policy has the id' grace@example.com:'nobody in the policy' '':'nobody in the policy'; do
    try on_server audit review "$used" --by "${reviewer%%:*}" --outcome justified
    ended 1
    says "${reviewer#*:}"
done
try on_server audit review "$used" --by grace --outcome not-justified
ended 0
try on_server audit review "$used" --by barbara --outcome justified
ended 4
says 'has no use that waits for a review'
audit
sound

# attack:  overrides again and again, and has none of it looked at
# defense: who leaves one unreviewed for too long gives no other: `override-review-overdue`
# also:    tests/push_later.rs::who_leaves_an_override_unreviewed_gives_no_other

policy_adds <<<'override: { role: release-manager, review-within: 1s }'
commit ada "$KIRO"
override dana "origin/main..$HEAD"
used=${RECORD##*/}
push
landed
sleep 2.2
commit ada "$KIRO"
override dana "origin/main..$HEAD"
push
refused sign-off-missing override-review-overdue
check_up
finds remark:review-overdue

# A review lets her give others, whatever it came to.
try on_server audit review "$used" --by grace --outcome not-justified
ended 0
push
landed

# attack:  lets a release manager's override carry something else: another head, another ref, a deletion, a rewind, or the
#          same once more
# defense: an override is bound to target, action, head and starting point, and used up by one landing; `override-stale`,
#          `override-elsewhere`, `override-consumed`
# also:    tests/push_override.rs::an_override_is_used_once
# also:    tests/push_override.rs::an_override_of_another_head_does_not_count
# also:    tests/push_refs.rs::a_rewind_that_is_overridden_as_such_lands

commit ada "$KIRO"
override dana "origin/main..$HEAD"
overridden=$HEAD
push "HEAD:refs/heads/release/1"
refused sign-off-missing override-elsewhere
commit ada "$KIRO"
push
refused sign-off-missing override-stale
push ":$MAIN"
refused ref-deleted
push "$overridden:$MAIN"
landed "$MAIN" "$overridden"

# The commit that it let in is moved away and comes back.
work fetch -q origin
record dana override "$overridden..$BASE" --target "$MAIN" --action rewind --reason "$REASON"
push "+$BASE:$MAIN"
landed "$MAIN" "$BASE"
push "$overridden:$MAIN"
refused sign-off-missing override-consumed

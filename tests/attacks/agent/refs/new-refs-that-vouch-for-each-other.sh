# attack:  makes two gated refs at the same commit in one push, so that each seems to bring what the other one has
# defense: a new ref is compared with what was guarded before the push

commit ada "$KIRO"
push HEAD:refs/heads/release/1 HEAD:refs/heads/release/2
refused sign-off-missing
push HEAD:refs/heads/release/1 HEAD:refs/tags/v1 HEAD:refs/heads/topic
refused sign-off-missing
# Nor is a topic, or one that a gentler gate names, a place from which anything is cleared.
push HEAD:refs/heads/topic HEAD:refs/tags/any
landed refs/heads/topic
push HEAD:refs/tags/v1
refused sign-off-missing
record grace sign-off "$BASE..HEAD" --target refs/heads/release/1
push HEAD:refs/heads/release/1 HEAD:refs/heads/release/2
refused sign-off-missing sign-off-elsewhere
push HEAD:refs/heads/release/1
landed refs/heads/release/1
push HEAD:refs/heads/release/2
landed refs/heads/release/2

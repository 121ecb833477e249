# attack:  has the last of three commits overridden, or none of them, to land all three by it
# defense: an override is for the commits between its own ends and for no other, `override-stale`; and nobody signs a
#          change without commits

for part in 1 2 3; do commit ada "Rebuild the till, part $part"$'\n\nCo-authored-by: Kiro <kiro@amazon.com>'; done
override dana HEAD~1..HEAD
push
refused sign-off-missing override-stale
# On a new branch, too.
record dana override HEAD~1..HEAD --target refs/heads/release/1 --reason "$REASON"
push HEAD:refs/heads/release/1
refused sign-off-missing override-stale override-elsewhere
signs_nothing dana override HEAD..HEAD --target "$MAIN" --reason "$REASON"
says 'there is nothing to sign'
signs_nothing grace sign-off HEAD..HEAD --target "$MAIN"
says 'there is nothing to sign'
# For all of them it counts.
override dana origin/main..HEAD
push
landed

# attack:  rewrites commits that were pushed before, so that they declare nothing any more
# defense: what the repository has of them, or the same push brings, is compared by content; `declaration-dropped`, and
#          the commit is the agent's. Bounded: see [detection](detection.md)
# also:    tests/push_tricks.rs::stripped_trailers_are_missed_where_the_commits_were_pushed_before

commit ada "$KIRO"
marked=$HEAD
work commit -q --amend -m 'Fix cost explorer cache'
push "$marked:refs/heads/topic" "HEAD:$MAIN"
refused sign-off-missing declaration-dropped
push "$marked:refs/heads/topic"
landed refs/heads/topic "$marked"
push
refused sign-off-missing declaration-dropped
# Nor as another person's, with other dates, or for a ref that is new.
as bob git commit -q --amend --no-edit --reset-author --date=2001-01-01T00:00:00Z
push
refused sign-off-missing declaration-dropped
push HEAD:refs/heads/release/1
refused sign-off-missing declaration-dropped
# What somebody really wrote themselves stays theirs.
work reset -q --hard "$BASE"
commit ada 'Sort the shelves'
push
landed

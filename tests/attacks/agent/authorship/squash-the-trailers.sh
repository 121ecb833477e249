# attack:  squashes marked commits into one that declares nothing
# defense: what it was made of is told by the names in its message and by content; `declaration-dropped`, and the commit
#          is the agent's. Bounded: see [detection](detection.md)
# also:    tests/push_tricks.rs::a_squash_that_drops_a_trailer_is_missed_where_its_branch_is_there
# also:    tests/push_tricks.rs::a_squash_that_names_an_agents_commits_is_the_agents
# also:    tests/serve_deployments.rs::a_squash_that_dropped_the_agents_trailer_is_the_agents

squash() {
    work branch -f work HEAD
    work reset -q --hard "$BASE"
    work merge -q --squash work
}

commit ada "$KIRO"
marked=$HEAD
commit ada 'Sort the shelves'
squash
work commit -q -m 'Sort the shelves, and fix the cache'
push work:refs/heads/work "HEAD:$MAIN"
refused sign-off-missing declaration-dropped
push work:refs/heads/work
landed refs/heads/work "$(work rev-parse work)"
push
refused sign-off-missing declaration-dropped
# With another line besides the content differs, and the names in the message tell.
printf 'more\n' >"$WORK/more"
work add more
work commit -q --amend -m "Sort the shelves

Squashed commit of the following:

commit $marked"
push
refused sign-off-missing declaration-dropped
work commit -q --amend -m "Sort the shelves

(cherry picked from commit $marked)"
push
refused sign-off-missing declaration-dropped

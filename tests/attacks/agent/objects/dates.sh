# attack:  dates commits before or after everything else, so that a walk through history stops too early or a sign-off
#          seems newer than the change
# defense: only the server's clock counts, and a commit is left out only where a path from the old tip leads to it
# also:    tests/push_tricks.rs::dates_in_commits_do_not_matter
# also:    tests/git_history.rs::a_walk_without_a_graph_never_leaves_out_what_is_new_even_if_dates_lie

at() {
    GIT_AUTHOR_DATE="@$1 +0000" GIT_COMMITTER_DATE="@$1 +0000" "${@:2}"
}

# The server's branch is dated a century ahead.
at 4900000000 commit ada 'Open another shelf'
push
landed
base=$HEAD
for agents in 0 1 1000000000 4900000001 9000000000; do
    for own in 1 1700000000 9000000001; do
        work reset -q --hard "$base"
        at "$agents" commit ada "$KIRO"
        for _ in 1 2 3; do at "$own" commit ada 'Sort the shelves'; done
        push
        refused sign-off-missing
    done
done
sign_off grace "$base..HEAD"
push
landed

# attack:  takes the agent's trailers out of its commits before pushing them, as the usual recipe goes
# defense: `authorship.unmarked: agent` takes every commit for an agent's; by default the recipe works for what was
#          never pushed, which is said in the README
# also:    tests/push_tricks.rs::stripped_trailers_do_not_help_where_unmarked_commits_are_an_agents
# also:    tests/push_tricks.rs::stripped_trailers_pass_where_unmarked_commits_are_a_humans

strip() {
    # shellcheck disable=SC2016  # git's shell does it
    work rebase -q --exec 'git commit -q --amend -m "$(git log -1 --format=%B | sed /^Co-authored-by:/d)"' "$BASE"
}

commit ada "$KIRO"
commit ada "${KIRO/Fix/Fill}"
push
refused sign-off-missing
strip
policy 's/^gates:/authorship: { unmarked: agent }\n&/'
push
refused sign-off-missing
sign_off grace "$BASE..HEAD"
push
landed

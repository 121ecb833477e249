# attack:  names a tag or branch like a remote's branch, a date or what git keeps for itself, so that people and git read
#          that name instead
# defense: such names are `ref-shadowed`
# also:    tests/push_refs.rs::names_that_git_would_take_for_a_commit_or_a_remotes_branch_are_refused

commit ada "$KIRO"
for name in HEAD @ FETCH_HEAD orig_head origin/main remotes/origin/main tags/v1 20261122; do
    for ref in "refs/heads/$name" "refs/tags/$name"; do
        push "$BASE:$ref"
        refused ref-shadowed
    done
done
push HEAD:HEAD
refused ref-shadowed
for name in facade 1a2b3c topic/1a2b3c4 head-room original; do
    push "HEAD:refs/heads/$name"
    landed "refs/heads/$name"
done

# attack:  pushes through a symbolic ref, or a chain of them, that stands for a gated ref
# defense: what is judged is the ref that moves in the end, and the detour is `ref-shadowed`
# also:    tests/push_refs.rs::another_name_for_main_is_refused

server symbolic-ref refs/heads/alias "$MAIN"
server symbolic-ref refs/heads/second refs/heads/alias
server symbolic-ref refs/custom/alias "$MAIN"
server symbolic-ref refs/tags/third refs/heads/second
server symbolic-ref refs/heads/later refs/heads/release/9
commit ada 'Sort the shelves'
for name in refs/heads/alias refs/custom/alias refs/heads/second refs/tags/third refs/heads/later; do
    push "+HEAD:$name"
    refused ref-shadowed
done
commit ada "$KIRO"
for name in refs/heads/alias refs/heads/second refs/heads/later; do
    push "+HEAD:$name"
    refused ref-shadowed sign-off-missing
done
push :refs/heads/second
refused ref-shadowed ref-deleted
# One that stands for a topic is a topic.
server symbolic-ref refs/heads/other refs/heads/topic
push HEAD:refs/heads/other
landed refs/heads/topic

# attack:  gives a gated ref a second name, so that it moves under that one
# defense: a push to the other name is refused: `ref-shadowed`; and `doctor` names it
# also:    tests/installation/holes.rs::holes_in_the_repository_are_found

server symbolic-ref refs/heads/alias "$MAIN"
check_up
finds remark:symbolic-ref
commit ada "$KIRO"
push HEAD:refs/heads/alias
refused ref-shadowed sign-off-missing
push "HEAD:$MAIN" HEAD:refs/heads/alias
refused ref-shadowed sign-off-missing
commit ada 'Sort the shelves'
server symbolic-ref --delete refs/heads/alias
server symbolic-ref refs/heads/alias refs/heads/topic
push HEAD:refs/heads/alias
landed refs/heads/topic

# attack:  makes the server a mirror of its clone: every ref that is there, and none that is not
# defense: the deletions and rewinds among them refuse all of it

commit ada 'Sort the shelves'
push
landed
push HEAD:refs/heads/release/1
landed refs/heads/release/1
work update-ref -d refs/remotes/origin/release/1
commit ada "$KIRO"
record grace sign-off "origin/main..HEAD" --target refs/heads/release/2
kept=$(server for-each-ref)
work reset -q --hard "$BASE"
work update-ref -d "$RECORD"
push --mirror
refused ref-deleted ref-rewound ref-forbidden
equal "$(server for-each-ref)" "$kept"

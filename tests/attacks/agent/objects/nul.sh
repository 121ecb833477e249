# attack:  ends a message or a name with a NUL, behind which git and most tools read nothing
# defense: a NUL anywhere is `object-malformed`
# also:    tests/push_objects.rs::a_nul_in_the_message_is_refused

server config receive.fsckObjects false
commit ada 'Sort the shelves'
for edit in 's/^Sort.*/&\x00\nCo-authored-by: Kiro <kiro@amazon.com>/' 's/shelves/shel\x00ves/' \
    '/^author /s/Ada/Ad\x00a/' '/^committer /s/example/ex\x00ample/' '/^committer /a note x\x00y'; do
    edited "$edit"
    push "$HEAD:$MAIN"
    refused object-malformed
done

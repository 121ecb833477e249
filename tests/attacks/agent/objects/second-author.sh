# attack:  gives a commit a second author, before or behind the signature, so that one reader shows this one and
#          another that one
# defense: one strict parser; what stands twice or out of its place is `object-malformed`
# also:    tests/push_objects.rs::two_authors_are_refused
# also:    tests/push_objects.rs::an_author_after_the_signature_is_refused
# also:    tests/git_objects.rs::whatever_git_and_libgit2_disagree_about_is_refused

# The last of these passes git's own checks.
server config receive.fsckObjects false
bobs='author Bob Developer <bob@example.com> 1700000000 +0000'
bob="${bobs/author/committer}"
signature='gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----'
commit ada 'Sort the shelves'
for edit in "/^author /i $bobs" "/^author /a $bobs" "/^committer /a $bobs" "/^committer /a $bob" \
    "/^committer /a $signature\n$bobs" "/^committer /a $signature\n$bob"; do
    edited "$edit"
    push "$HEAD:$MAIN"
    refused object-malformed
done
server config receive.fsckObjects true
push "$HEAD:$MAIN"
refused object-malformed
edited "/^committer /a $signature"
push "$HEAD:$MAIN"
landed "$MAIN" "$HEAD"

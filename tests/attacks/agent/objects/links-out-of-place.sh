# attack:  names a second tree, or a parent where some readers do not look for one, so that they see another history
# defense: one strict parser: tree, parents, author and committer stand once and in this order
# also:    tests/git_objects.rs::the_corpus_of_malformed_commits_is_refused

server config receive.fsckObjects false
commit ada "$KIRO"
kiros=$HEAD
other=$(work rev-parse 'HEAD^{tree}')
work reset -q --hard "$BASE"
commit ada 'Sort the shelves'
own=$(work rev-parse 'HEAD^{tree}')
for edit in "/^author /a parent $kiros" "/^committer /a parent $kiros" "/^committer /a tree $other" \
    '/^author /{h;d};/^committer /G' '/^committer /a\ more' '/^committer /a nothing' '/^committer /a under_score x' \
    '/^author /d' '/^committer /d'; do
    edited "$edit"
    push "$HEAD:$MAIN"
    refused object-malformed
done
# A parent that is not where it belongs is no parent, so that history ends there.
for edit in "/^tree /a tree $other" "/^tree /i tree $other" '/^parent /{h;d};/^author /G'; do
    edited "$edit"
    push "+$HEAD:$MAIN"
    refused object-malformed ref-rewound
done
# Nor is anything known of a commit whose links cannot be read.
for edit in "s/^tree .*/tree ${own^^}/" '/^parent /a\ more'; do
    edited "$edit"
    push "+$HEAD:$MAIN"
    refused object-malformed ref-rewound facts-unknown sign-off-missing
done

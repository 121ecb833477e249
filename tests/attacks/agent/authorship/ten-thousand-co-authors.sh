# attack:  hides an agent behind ten thousand co-authors
# defense: every line is read, however many there are
# also:    tests/push_objects.rs::ten_thousand_co_authors_hide_no_agent

commit ada 'Sort the shelves'
crowd() {
    work cat-file commit HEAD
    printf '\n'
    seq -f 'Co-authored-by: Ada Byron <ada+%.0f@example.com>' 10000
}
HEAD=$({ crowd; printf 'Co-authored-by: Kiro <kiro@amazon.com>\n'; } | store commit)
push "$HEAD:$MAIN"
refused sign-off-missing
says Kiro
HEAD=$(crowd | store commit)
push "$HEAD:$MAIN"
landed "$MAIN" "$HEAD"

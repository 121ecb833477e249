# attack:  writes who helped into a header that few tools show, or into the tag that a merge carries along
# defense: headers are read like the message
# also:    tests/push_objects.rs::a_trailer_in_another_header_is_read
# also:    tests/detect_forms.rs::headers_notes_branches_and_accounts_are_read

commit ada 'Sort the shelves'
kiro='Co-authored-by: Kiro <kiro@amazon.com>'
for header in "note $kiro" "HG:extra $kiro" "note Thanks\n $kiro" \
    "mergetag object $BASE\n type commit\n tag v1\n tagger Ada <ada@example.com> 1 +0000\n \n $kiro"; do
    edited "/^committer /a $header"
    push "$HEAD:$MAIN"
    refused sign-off-missing
    says Kiro
done
edited '/^committer /a note Thanks'
push "$HEAD:$MAIN"
landed "$MAIN" "$HEAD"

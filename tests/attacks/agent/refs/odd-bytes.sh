# attack:  pushes under a name that is no UTF-8, which no pattern seems to match
# defense: such a name is escaped so that it still begins with `refs/`, and patterns see it
# also:    tests/push_refs.rs::a_name_that_is_no_text_is_still_named_by_a_gates_pattern
# also:    tests/push_refs.rs::a_question_mark_in_a_gates_pattern_is_one_byte_that_is_no_text
# also:    src/policy/glob/tests.rs::names_of_any_bytes_match_as_documented

policy 's|"refs/heads/release/\*\*"|&, "refs/heads/caf?"|'
commit ada "$KIRO"
for name in $'refs/heads/release/caf\xe9' $'refs/heads/release/\xff\xfe' $'refs/heads/caf\xe9' $'refs/tags/v\xc3'; do
    push "HEAD:$name"
    refused sign-off-missing
done
push $'HEAD:refs/heads/other-\xe9'
landed $'refs/heads/other-\xe9'

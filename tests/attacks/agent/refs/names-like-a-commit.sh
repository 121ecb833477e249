# attack:  names a tag or branch like an abbreviated commit, so that whoever copies a command gets another commit
# defense: such names are `ref-shadowed`, and what is copied names commits in full
# also:    src/model/oid.rs::abbreviations_upper_case_and_other_letters_are_refused
# also:    tests/push_refs.rs::names_that_git_would_take_for_a_commit_or_a_remotes_branch_are_refused
# also:    tests/push_names.rs::the_commands_of_a_refusal_name_commits_in_full
# also:    tests/push_names.rs::an_abbreviation_that_a_tag_is_named_like_is_not_signed
# also:    tests/push_names.rs::a_complete_id_means_the_commit_whatever_tags_there_are
# also:    tests/push_names.rs::a_name_of_several_refs_is_not_signed
# also:    tests/push_names.rs::a_full_name_means_nothing_that_lies_deeper
# also:    tests/push_screen.rs::the_command_for_the_whole_diff_names_commits_in_full

commit ada "$KIRO"
push
refused sign-off-missing
says "countersign sign-off $BASE..$HEAD --target $MAIN"
for digits in 7 12 39 40; do
    for kind in heads tags; do
        push "$BASE:refs/$kind/${HEAD:0:digits}"
        refused ref-shadowed
        push "$BASE:refs/$kind/$(tr a-f A-F <<<"${HEAD:0:digits}")"
        refused ref-shadowed
    done
done

# One that the reviewer has got from elsewhere makes nobody sign another commit.
work tag "${HEAD:0:10}" "$BASE"
signs_nothing grace sign-off "$BASE..${HEAD:0:10}" --target "$MAIN"
says "refs/tags/${HEAD:0:10}"
sign_off grace "$BASE..$HEAD"
push
landed

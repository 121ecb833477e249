# attack:  deletes a guarded branch and makes it anew with what it likes, or moves it back before what was reviewed
# defense: `ref-deleted`, `ref-rewound`; a new ref is compared with the guarded ones and with what was there at the adoption
# also:    tests/push_refs.rs::the_deletion_of_a_gated_ref_is_refused
# also:    tests/push_refs.rs::a_rewind_of_a_gated_ref_is_refused
# also:    tests/push_refs.rs::a_new_release_branch_with_an_agents_commit_is_refused
# also:    tests/push_refs.rs::a_gated_tag_that_moves_is_a_rewind

commit ada 'Fix the till'
fix=$HEAD
push
landed
push ":$MAIN"
refused ref-deleted
push "+$BASE:$MAIN"
refused ref-rewound

# With another root, and beside it with a sign-off of what that brings: it still loses the fix.
work checkout -q --orphan other
commit ada "$KIRO"
push "+HEAD:$MAIN"
refused ref-rewound sign-off-missing
work checkout -q --detach "$BASE"
commit ada "$KIRO"
work fetch -q origin
sign_off grace "origin/main..$HEAD"
push "+HEAD:$MAIN"
refused ref-rewound sign-off-missing sign-off-stale

# Where a branch may be deleted it comes back with nothing but what was judged.
work checkout -q main
work reset -q --hard "$fix"
policy_adds <<<'protect: { delete: allow }'
push "HEAD:refs/heads/release/1" "HEAD:refs/tags/v1"
landed refs/heads/release/1
push :refs/heads/release/1
if [[ $STATUS != 0 ]]; then complain 'a deletion that the policy allows was refused'; fi
commit ada "$KIRO"
push "HEAD:refs/heads/release/1"
refused sign-off-missing
push "$fix:refs/heads/release/1"
landed refs/heads/release/1 "$fix"
push "+HEAD:refs/tags/v1"
refused sign-off-missing
push "+$BASE:refs/tags/v1"
refused ref-rewound

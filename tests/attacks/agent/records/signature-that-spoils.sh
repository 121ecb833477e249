# attack:  signs somebody else's record, too, so that it becomes a contributor's, or to take it back later
# defense: of each key one signature is kept; an override counts if those who may give it are enough by themselves; a
#          withdrawal takes back only what its own signer gave
# also:    tests/push_cosigned.rs::a_contributor_who_signs_an_override_too_does_not_spoil_it
# also:    tests/push_cosigned.rs::a_release_manager_who_worked_on_it_does_not_spoil_the_override_of_another
# also:    tests/push_cosigned.rs::a_contributor_who_signs_a_sign_off_too_cannot_take_it_back
# also:    tests/push_cosigned.rs::a_contributor_is_no_second_approval
# also:    tests/push_cosigned.rs::a_contributor_alone_overrides_nothing

commit bob "$KIRO"
override bob "origin/main..$HEAD"
push
refused sign-off-missing override-not-permitted
override dana "origin/main..$HEAD" --ticket INC-1
record bob override --cosign "${RECORD##*/}"
policy_adds <<<'override: { role: release-manager, approvals: 2 }'
push
refused sign-off-missing override-not-permitted override-incomplete
policy 's/approvals: 2/approvals: 1/; s/people: \[dana\]/people: [dana, bob]/'
push
landed
says 'Dana Scully'

# A sign-off with the author's name beside it counts for who did not work on it, and only they take it back.
work fetch -q origin
commit bob "$KIRO"
sign_off grace "origin/main..$HEAD"
forge sign-off grace bob < <(statement "$RECORD")
push "+$FORGED:$RECORD"
landed "$RECORD" "$FORGED"
sleep 1.1
record bob sign-off "origin/main..$HEAD" --target "$MAIN" --decision revoke
push
landed

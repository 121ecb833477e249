# attack:  loosens the policy in the push that needs it: before the change, beside it, under its owner's signature
# defense: the old tip's policy judges the whole push; a change of the policy needs its own sign-off. `policy-change`
# also:    tests/push_policy.rs::a_policy_that_is_loosened_in_the_same_push_is_not_the_judge
# also:    tests/push_policy.rs::a_policy_change_needs_its_owners_sign_off
# also:    tests/push_policy.rs::even_with_the_owners_sign_off_the_old_policy_judges_the_rest_of_the_push
# also:    tests/push_policy.rs::a_policy_in_the_repository_guards_main

policy_in_repository
numbered 2 -e 's,refs/heads/main,refs/heads/none,'
loosened=$HEAD
push "HEAD:$POLICY_REF"
refused policy-change
work checkout -q main
commit ada "$KIRO"
push "$loosened:$POLICY_REF" "HEAD:$MAIN"
refused policy-change sign-off-missing
push "HEAD:$MAIN" "$loosened:$POLICY_REF"
refused policy-change sign-off-missing

# A senior does not sign the policy; who may, signs nothing else with it.
record grace sign-off "origin/policy..$loosened" --target "$POLICY_REF"
push "$loosened:$POLICY_REF"
refused policy-change role-missing
record dana sign-off "origin/policy..$loosened" --target "$POLICY_REF"
push "$loosened:$POLICY_REF" "HEAD:$MAIN"
refused sign-off-missing
push
refused sign-off-missing

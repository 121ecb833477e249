# attack:  changes the policy through another name of its branch: a symbolic ref, another case, a look-alike, a tag
# defense: `ref-shadowed`; what a name stands for is judged
# also:    tests/push_policy.rs::another_name_for_the_policys_ref_is_refused

policy_in_repository
numbered 2 -e 's,refs/heads/main,refs/heads/none,'
loosened=$HEAD
server symbolic-ref refs/heads/alias "$POLICY_REF"
push "$loosened:refs/heads/alias"
refused ref-shadowed policy-change
record dana sign-off "origin/policy..$loosened" --target "$POLICY_REF"
push "$loosened:refs/heads/alias"
refused ref-shadowed
server symbolic-ref -d refs/heads/alias
for name in heads/Policy $'heads/p\u043elicy' $'heads/poli\u200bcy' tags/policy heads/refs/heads/policy; do
    push "$loosened:refs/$name"
    refused ref-shadowed
done

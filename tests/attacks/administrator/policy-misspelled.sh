# attack:  misspells a key, a role, a person or a pattern, leaves a role empty, or asks for a negative number of people
# defense: whatever the policy does not know is an error, and then nothing lands: `policy-unreadable`
# also:    tests/policy_load.rs::bad_policies_have_exactly_these_problems

good=$(cat "$POLICY")
commit ada 'Sort the shelves'
bad() {
    policy "$2"
    try "$PROGRAM" policy check "$POLICY"
    ended 3
    says "error[$1]"
    push
    refused policy-unreadable
    says "error[$1]"
    printf '%s\n' "$good" >"$POLICY"
}
bad unknown-key 's/^gates:/gate:/'
bad unknown-key 's/    require:/    requires:/'
bad unknown-key 's/authorship-at-least/authorship_at_least/'
bad unknown-key 's/keys: \[/key: [/'
bad unknown-key 's/    environments:/    environment:/'
bad unknown-value 's/authorship-at-least: assisted/authorship-at-least: asisted/'
bad role-undefined 's/{ role: senior }/{ role: seniors }/'
bad person-undefined 's/\[grace, barbara\]/[grace, barabara]/'
bad role-unholdable 's/senior: { people: \[grace, barbara\] }/senior: { people: [] }/'
bad ref-not-full 's|"refs/heads/main"|"main"|'
bad glob-never-matches 's|"refs/heads/main"|"refs/heads/[main"|'
bad out-of-range 's/role: senior }/role: senior, count: 0 }/'
bad out-of-range 's/role: senior }/role: senior, count: -1 }/'
bad wrong-type 's/role: senior }/role: senior, count: two }/'
bad version-unsupported 's/^version: 1/version: 2/'
bad key-unreadable 's/ssh-ed25519 AAAA/ssh-ed25519 AAAB/'

# What could be meant, but hardly is, is a warning, which `--strict` does not let pass.
doubtful() {
    policy "$2"
    try "$PROGRAM" policy check "$POLICY"
    ended 0
    says "warning[$1]"
    try "$PROGRAM" policy check --strict "$POLICY"
    ended 3
    printf '%s\n' "$good" >"$POLICY"
}
doubtful gate-requires-nothing 's/require: \[{ role: senior }\]/require: []/'
doubtful count-unreachable 's/role: senior }/role: senior, count: 3 }/'
push
landed

# attack:  writes what YAML reads otherwise than people: `no`, duplicate keys, anchors, tags, tabs, octal numbers
# defense: what can be read in two ways is an error, and then nothing lands: `policy-unreadable`
# also:    tests/policy_hostile.rs::bombs_of_nesting_and_repetition_do_not_go_off

good=$(cat "$POLICY")
commit ada 'Sort the shelves'
trap_is() {
    try "$PROGRAM" policy check "$POLICY"
    ended 3
    says "error[$1]"
    push
    refused policy-unreadable
    says "error[$1]"
    printf '%s\n' "$good" >"$POLICY"
}
policy 's/senior: { people: \[grace, barbara\] }/senior: { people: [grace, barbara], people: [ada, bob] }/'
trap_is duplicate-key
policy_adds <<<'roles: { senior: { people: [ada] }, release-manager: { people: [ada] } }'
trap_is duplicate-key
policy_adds <<<'protect: { rewind: no }'
trap_is unknown-value
policy 's/senior: { people: \[grace, barbara\] }/senior: no/'
trap_is wrong-type
policy 's/senior: { people: \[grace, barbara\] }/senior: \&seniors { people: [grace, barbara] }/'
trap_is anchor
policy_adds <<<'protect: *senior'
trap_is alias
policy_adds <<<'protect: { <<: { rewind: allow } }'
trap_is merge-key
policy 's/version: 1/version: !!int 1/'
trap_is tag
policy 's/role: senior }/role: senior, count: 01 }/'
trap_is wrong-type
policy 's/role: senior }/role: senior, count: 0x1 }/'
trap_is wrong-type
policy $'s/^  senior:/\tsenior:/'
trap_is tab
printf '%s\n---\nversion: 1\ngates: []\n' "$good" >"$POLICY"
trap_is several-documents
printf '\xef\xbb\xbf%s\n' "$good" >"$POLICY"
trap_is byte-order-mark
printf '%s\n' "$good" | sed 's/Grace Hopper/Gr\xe9ce Hopper/' >"$POLICY"
trap_is not-utf8

# attack:  counts as two people by two keys, by two signatures, or by two records
# defense: people are counted, not signatures: `override-incomplete`, `sign-off-missing`
# also:    tests/push_override.rs::two_approvals_need_two_release_managers
# also:    tests/push_settings.rs::two_seniors_are_two_people

ssh-keygen -q -t ed25519 -N '' -C second -f "$KEYS/second"
policy -e "s|keys: \[\"\($(cut -d' ' -f1,2 "$KEYS/grace.pub")[^\"]*\)\"\]|keys: [\"\1\", \"$(cat "$KEYS/second.pub")\"]|" \
    -e 's/role: senior }/role: senior, count: 2 }/' \
    -e 's/release-manager: { people: \[dana\] }/release-manager: { people: [dana, grace] }/'
policy_adds <<<'override: { role: release-manager, approvals: 2 }'
# shellcheck disable=SC2034,SC2154  # read by the ground
NAMES[second]='Grace Hopper'

commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
sign_off grace "origin/main..$HEAD" --comment 'Once more'
PUSHER=grace record second sign-off "origin/main..$HEAD" --target "$MAIN"
push
refused sign-off-missing
override grace "origin/main..$HEAD"
record second override --cosign "${RECORD##*/}"
push
refused sign-off-missing override-incomplete

# Two people.
sign_off barbara "origin/main..$HEAD"
push
landed

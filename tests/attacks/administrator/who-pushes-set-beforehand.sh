# attack:  sets beforehand who pushes, or lets clients send settings with their push
# defense: `doctor` reads its environment and the SSH server's settings; who has no name is refused: `pusher-unknown`
# also:    tests/installation/holes.rs::holes_around_the_gate_are_found

commit ada 'Sort the shelves'
for name in '' ' ' 'grace '; do
    push_by env -u COUNTERSIGN_USER ${name:+COUNTERSIGN_USER="$name"} git -C "$WORK" push origin "HEAD:$MAIN"
    refused pusher-unknown
done
try at_the_server env COUNTERSIGN_USER=ada "$PROGRAM" doctor --sshd-config /dev/null --authorized-keys /dev/null --format json
finds hole:identity-fixed
for variable in GIT_CONFIG_COUNT=0 GIT_CONFIG_PARAMETERS="'a.b=c'"; do
    try at_the_server env "$variable" "$PROGRAM" doctor --sshd-config /dev/null --authorized-keys /dev/null --format json
    finds hole:settings-from-outside
done
for line in 'AcceptEnv *' 'AcceptEnv LANG GIT_*' 'AcceptEnv COUNTERSIGN_USER'; do
    printf '%s\n' "$line" >"$GROUND/sshd_config"
    try at_the_server "$PROGRAM" doctor --sshd-config "$GROUND/sshd_config" --authorized-keys /dev/null --format json
    finds hole:ssh-environment
done
printf 'ssh-ed25519 AAAA ada\n' >"$GROUND/authorized_keys"
try at_the_server "$PROGRAM" doctor --sshd-config /dev/null --authorized-keys "$GROUND/authorized_keys" --format json
finds hole:ssh-shell

# attack:  pushes so many commits that the one of an agent's is among those that nobody reads
# defense: limits; what could not be read to its end is refused, and no sign-off makes up for it

policy_adds <<<'limits: { commits: 100 }'
stack() {
    work reset -q --hard "$BASE"
    commit ada "$1"
    for _ in $(seq "$2"); do
        work update-ref HEAD "$(work commit-tree -p HEAD -m 'Sort the shelves' 'HEAD^{tree}')"
    done
}
stack "$KIRO" 100
push
refused limit-exceeded facts-unknown sign-off-missing
sign_off grace "$BASE..HEAD"
push
refused limit-exceeded facts-unknown sign-off-missing sign-off-invalid
stack "$KIRO" 99
push
refused sign-off-missing
stack 'Open another shelf' 99
push
landed

# attack:  names a branch like a command, so that whoever copies the way out of a refusal into a shell runs it
# defense: commands to copy are quoted, so that a name is a name

commit ada "$KIRO"
# shellcheck disable=SC2016  # what is copied is run elsewhere
stubs='git() { :; }; countersign() { printf "%s\n" "$@"; }'
# shellcheck disable=SC2016
for name in 'release/$(touch${IFS}pwned)' 'release/`touch${IFS}pwned`' "release/';touch\${IFS}pwned;'" \
    'release/"$(touch${IFS}pwned)"' 'release/x;touch${IFS}pwned' 'release/x&touch${IFS}pwned' 'release/x|touch${IFS}pwned' \
    'release/x>pwned' 'release/-x' 'release/$HOME' 'release/!!'; do
    git check-ref-format "refs/heads/$name"
    push "HEAD:refs/heads/$name"
    refused sign-off-missing
    commands=$(sed -nE 's/^remote: *(git fetch .*countersign sign-off |countersign override |git push origin )/\1/p' <<<"$SAID")
    try bash -c "cd '$GROUND'; $stubs; $commands"
    ended 0
    equal "$(grep -cxF "refs/heads/$name" <<<"$SAID")" 1
    if [[ -e $GROUND/pwned ]]; then complain "\`$name\` was run"; fi
done

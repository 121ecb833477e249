# attack:  loses the hook file, empties it, takes its x bit, or edits it: git then calls nothing, or something else
# defense: whoever looks daily with `doctor` reads it as a hole, and what came meanwhile as drift
# also:    tests/installation/holes.rs::holes_in_hooks_are_found

hook=$SERVER/hooks/pre-receive
cp -p "$hook" "$GROUND/hook"
lost() {
    check_up
    finds hole:hook-file
    says "$1"
    rm -f "$hook"
    cp -p "$GROUND/hook" "$hook"
}
rm "$hook"
lost 'the hook pre-receive is missing'
: >"$hook"
lost "the hook pre-receive is another program's"
chmod 644 "$hook"
lost 'is not executable, so git does not call it'
sed -i 's/^refuse() {$/&\n    exit 0/' "$hook"
lost "is not as \`install\` writes it"
mv "$hook" "$hook.off"
lost 'the hook pre-receive is missing'
rm "$SERVER/hooks/post-receive"
check_up --fix --yes
finds
check_up
finds

# A change that comes meanwhile lands, and is found.
rm "$hook" "$SERVER/hooks/post-receive"
commit ada "$KIRO"
push
landed
check_up --fix --yes
finds hole:drift
push HEAD:refs/heads/topic
landed refs/heads/topic

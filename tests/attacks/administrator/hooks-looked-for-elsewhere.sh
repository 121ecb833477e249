# attack:  sets core.hooksPath, or switches a hook off, in the repository, in a file that it includes, or for everybody
# defense: `doctor` reads git's whole configuration, wherever it comes from: `hooks-path`, `hook-disabled`
# also:    tests/installation/holes.rs::holes_in_hooks_are_found

mkdir "$GROUND/none"
for path in /dev/null "$GROUND/none" hooks/none ''; do
    server config core.hooksPath "$path"
    check_up
    finds hole:hooks-path
    server config --unset-all core.hooksPath
done
printf '[core]\n\thooksPath = %s\n' "$GROUND/none" >"$GROUND/included"
server config include.path "$GROUND/included"
check_up
finds hole:hooks-path
server config --unset include.path
server config "includeIf.gitdir:$SERVER.path" "$GROUND/included"
check_up
finds hole:hooks-path
server config --remove-section "includeIf.gitdir:$SERVER"
server config extensions.worktreeConfig true
cp "$GROUND/included" "$SERVER/config.worktree"
check_up
finds hole:hooks-path
rm "$SERVER/config.worktree"
server config --unset extensions.worktreeConfig
export GIT_CONFIG_GLOBAL=$GROUND/included
check_up
finds hole:hooks-path
export GIT_CONFIG_GLOBAL=/dev/null
for name in hook.pre-receive.enabled hook.anything.enabled; do
    server config "$name" false
    check_up
    finds hole:hook-disabled
    server config --unset "$name"
done
# Its own folder is where git looks anyway.
server config core.hooksPath hooks
check_up
finds

# attack:  lets attributes in its commits choose programs that the server's administrator has set up for themselves: filters,
#          merge drivers, ways to show a difference
# defense: objects are read, nothing is checked out, and merges are computed where no attributes and no settings have a say
# also:    tests/push_tricks.rs::a_merge_that_a_driver_resolved_is_content_of_its_own

for setting in filter.x.clean filter.x.smudge filter.x.process diff.x.textconv diff.x.command diff.external merge.x.driver \
    core.fsmonitor core.editor core.pager core.askPass core.sshCommand credential.helper gpg.program gpg.ssh.program; do
    server config "$setting" "$TRAP"
done
server config filter.x.required true
server config diff.x.cachetextconv true
mkdir -p "$SERVER/info"
echo '* filter=x diff=x merge=x' | tee "$WORK/.gitattributes" >"$SERVER/info/attributes"

commit ada 'Write a list' list 'apples'
push
landed
start=$HEAD
commit ada "$KIRO" pears 'pears'
sign_off grace "$start..$HEAD"
signed=$HEAD
work reset -q --hard "$start"
commit bob 'Add plums' plums 'plums'
push
landed

# Git merges these by itself, and the gate computes the same.
work merge -q --no-ff -m 'Merge the lists' "$signed"
push
landed
start=$(work rev-parse HEAD)

# For these it needs a driver, or somebody: that is content of its own.
commit ada "$KIRO" list $'apples\npears'
sign_off grace "$start..$HEAD"
signed=$HEAD
work reset -q --hard "$start"
commit bob 'Add plums to the list' list $'apples\nplums'
push
landed
mkdir -p "$WORK/.git/info"
echo 'list merge=union' >"$WORK/.git/info/attributes"
work merge -q --no-ff -m 'Merge both lists' "$signed"
push
refused sign-off-missing sign-off-stale merge-altered
nothing_ran

# Whoever checks out with these settings runs them.
server worktree add -q "$GROUND/tree" "$HEAD" >/dev/null 2>&1 || true
ran

# attack:  leaves a clone behind in a pipeline's cache whose settings and hooks run programs, for the gate to judge in
# defense: judging reads objects and asks git for nothing that these settings have a part in

commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
landed
signed=$HEAD
in_production "$BASE"
away
deploy_away "$signed"
deployment_permitted

for setting in core.fsmonitor core.sshCommand core.pager core.editor core.askPass core.gitProxy credential.helper \
    diff.external diff.x.textconv filter.x.smudge filter.x.clean filter.x.process gpg.program gpg.ssh.program \
    remote.origin.uploadpack remote.origin.vcs pager.rev-parse pager.config uploadpack.packObjectsHook \
    alias.rev-parse alias.cat-file alias.config alias.merge-tree alias.for-each-ref; do
    git -C "$AWAY" config "$setting" "$TRAP"
done
mkdir "$GROUND/hooks"
for hook in post-checkout post-index-change reference-transaction pre-push fsmonitor-watchman pre-auto-gc post-rewrite; do
    ln -s "$TRAP" "$GROUND/hooks/$hook"
done
git -C "$AWAY" config core.hooksPath "$GROUND/hooks"
echo '* filter=x diff=x' >"$AWAY/.git/info/attributes"
deploy_away "$signed"
deployment_permitted
deploy_away HEAD
deployment_permitted
nothing_ran
git -C "$AWAY" update-ref refs/heads/x HEAD >/dev/null 2>&1 || true
ran

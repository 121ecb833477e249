# attack:  poisons the cached clone of a pipeline: puts other content under the ids of objects, or makes a commit-graph that gives
#          commits other parents
# defense: in a clone every object that is read must be what its id names, and no commit-graph is read

in_production "$BASE"
commit ada "$KIRO" shelf 'sorted'
sign_off grace "origin/main..$HEAD"
push
landed
signed=$HEAD
sleep 2.1
record grace sign-off "$BASE..$signed" --target "$MAIN" --decision revoke
commit ada "$KIRO" till 'open'
push "$HEAD:refs/heads/topic"
server update-ref "$MAIN" "$HEAD"
away
deploy_away "$signed"
deployment_refused contributor-unknown sign-off-missing sign-off-revoked

# All objects as files, to be changed one by one.
packs=$AWAY/.git/objects/pack
mkdir "$GROUND/packs"
mv "$packs"/* "$GROUND/packs"
for pack in "$GROUND"/packs/*.pack; do git -C "$AWAY" unpack-objects -q <"$pack"; done
deploy_away "$signed"
deployment_refused contributor-unknown sign-off-missing sign-off-revoked

# put ID KIND: puts standard input under the id of another object.
put() {
    local path other
    path=$AWAY/.git/objects/${1:0:2}/${1:2}
    other=$(git -C "$AWAY" hash-object -t "$2" --literally -w --stdin)
    cp "$path" "$GROUND/original"
    chmod u+w "$path"
    cp "$AWAY/.git/objects/${other:0:2}/${other:2}" "$path"
}
put_back() {
    cp "$GROUND/original" "$AWAY/.git/objects/${1:0:2}/${1:2}"
}

# The archive without the withdrawal, under the id that the gate signed.
archive=$(git -C "$AWAY" rev-parse refs/countersign/archive^)
tree=$(git -C "$AWAY" rev-parse "$archive^{tree}")
without=$(git -C "$AWAY" ls-tree "$tree" | grep -v objections | git -C "$AWAY" mktree)
put "$archive" commit < <(git -C "$AWAY" cat-file commit "$archive" | sed "s/^tree .*/tree $without/")
deploy_away "$signed"
ended 4
put_back "$archive"

# A landed commit that says less, and one that has another before it.
put "$signed" commit < <(git -C "$AWAY" cat-file commit "$signed" | sed '/^Co-authored-by/d')
deploy_away "$signed"
if [[ $STATUS == 0 ]]; then complain 'a commit that is not what it is called after was permitted'; fi
put_back "$signed"
deploy_away "$signed"
deployment_refused contributor-unknown sign-off-missing sign-off-revoked

# A commit-graph, made while the agent's change was not there.
put "$HEAD" commit < <(git -C "$AWAY" cat-file commit "$HEAD" | sed "s/^parent .*/parent $BASE/")
git -C "$AWAY" commit-graph write --reachable
put_back "$HEAD"
if git -C "$AWAY" log --format=%H "$HEAD" | grep -q "$signed"; then complain 'git does not believe the commit-graph'; fi
deploy_away "$HEAD"
deployment_refused candidate-unguarded contributor-unknown sign-off-missing sign-off-revoked sign-off-stale
says 'Both commits were made with an agent'

# attack:  changes the pipeline, the owners' file or the hooks in a commit that looks like a person's: under another mode, as
#          a link, by a merge, or by taking it away
# defense: a gate for paths asks whoever wrote it, and every change of a path counts; `sign-off-missing`

policy_adds <<'END'
  - name: what runs things
    refs: ["refs/heads/main"]
    when: { paths: [".github/**", "hooks/**", "CODEOWNERS", "**/Dockerfile", "infra/**"] }
    require: [{ role: release-manager }]
END
mkdir -p "$WORK/.github/workflows"
echo 'on: push' >"$WORK/.github/workflows/ci.yml"
commit ada 'Add a pipeline' hooks/pre-push 'true'
push
refused sign-off-missing
sign_off grace "origin/main..$HEAD"
push
refused sign-off-missing role-missing
sign_off dana "origin/main..$HEAD"
push
landed
work fetch -q origin
start=$HEAD

tried() {
    work commit -q --allow-empty -m "$1"
    push
    refused sign-off-missing
    work reset -q --hard "$start"
}
work update-index --chmod=+x hooks/pre-push
tried 'Another mode'
work rm -q hooks/pre-push
tried 'Taken away'
mkdir -p "$WORK/scripts"
work mv .github/workflows/ci.yml scripts/ci.yml
tried 'Moved away'
work rm -q -r .github
work update-index --add --cacheinfo "120000,$(printf scripts | store blob),.github"
tried 'A link in the place of the folder'
work rm -q -r .github
work update-index --add --cacheinfo "160000,$start,.github"
tried 'Another repository in the place of the folder'
work update-index --add --cacheinfo "100644,$(echo 'FROM evil' | store blob),services/till/Dockerfile"
tried 'Deep down'

# By a merge that looks like a harmless one, and by one that takes their side.
work checkout -q -b side
commit bob 'Sort the shelves'
echo 'on: pull_request_target' >"$WORK/.github/workflows/ci.yml"
commit bob 'Fix the pipeline'
work checkout -q main
commit ada 'Sweep the floor'
work merge -q --no-ff -m 'Merge the shelves' side
push
refused sign-off-missing

# What runs nothing needs nobody.
work reset -q --hard "$start"
commit ada 'Sweep the floor' docs/infra.md
push
landed

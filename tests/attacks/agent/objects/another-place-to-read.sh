# attack:  sets variables, on a server that takes them over (`AcceptEnv GIT_*`), by which the hook would read other
#          objects, another history or other settings
# defense: pushed objects are read where git put them, without replacement or grafts, settings from the repository;
#          a refused push leaves nothing behind
# also:    tests/push_tricks.rs::the_pushers_own_configuration_changes_no_setting_of_the_gate

commit ada "$KIRO"
git clone -q --bare "$WORK" "$GROUND/other.git"
git -C "$GROUND/other.git" replace "$HEAD" "$BASE"
printf '%s\n' "$HEAD" >"$GROUND/cut"
printf 'version: 1\ngates: [{ name: none, refs: [refs/heads/none] }]\n' >"$GROUND/loose.yaml"
push_with() {
    push --receive-pack="env \"$1\" git-receive-pack" "HEAD:$MAIN"
}
for variable in "GIT_OBJECT_DIRECTORY=$GROUND/other.git/objects" GIT_NO_REPLACE_OBJECTS=0 GIT_NAMESPACE=other \
    "GIT_ALTERNATE_OBJECT_DIRECTORIES=$GROUND/other.git/objects" "GIT_QUARANTINE_PATH=$GROUND/other.git/objects" \
    "GIT_DIR=$GROUND/other.git" "GIT_CONFIG=$GROUND/other.git/config" GIT_REPLACE_REF_BASE=refs/heads/ \
    "GIT_CONFIG_PARAMETERS='countersign.policy=$GROUND/loose.yaml' 'receive.fsckObjects=false'" \
    "COUNTERSIGN_POLICY=$GROUND/loose.yaml"; do
    push_with "$variable"
    refused sign-off-missing
done
for variable in GIT_GRAFT_FILE GIT_SHALLOW_FILE; do
    push_with "$variable=$GROUND/cut"
    refused sign-off-missing history-obscured
done
try server cat-file -e "$HEAD"
ended 1
sign_off grace "$BASE..HEAD"
push
landed

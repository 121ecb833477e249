# attack:  leaves objects of refused pushes about, or hands the hook another place to read objects from
# defense: git keeps what a push brings apart until the hook has agreed, and the gate reads there; what lies elsewhere
#          changes nothing

# A refused push leaves no object.
commit ada "$KIRO"
objects=$(server count-objects -v)
push
refused sign-off-missing
equal "$(server count-objects -v)" "$objects"
try server cat-file -e "$HEAD"
ended 1

# Objects that are there already, so that the push brings none.
work repack -qad
cp "$WORK"/.git/objects/pack/* "$SERVER/objects/pack/"
push
refused sign-off-missing

# Variables of git's in the environment of the server, or of whoever pushes.
commit ada "$KIRO"
git init -q --bare "$GROUND/other.git"
for variable in GIT_OBJECT_DIRECTORY="$GROUND/other.git/objects" GIT_ALTERNATE_OBJECT_DIRECTORIES="$WORK/.git/objects" \
    GIT_QUARANTINE_PATH="$GROUND/other.git/objects" GIT_NAMESPACE=elsewhere GIT_PREFIX=/ \
    GIT_GRAFT_FILE=/dev/null GIT_SHALLOW_FILE=/dev/null GIT_REPLACE_REF_BASE=refs/heads/ GIT_INDEX_FILE=/dev/null \
    GIT_WORK_TREE=/ GIT_COMMON_DIR="$GROUND/other.git"; do
    printf '#!/bin/sh\nexec env %s git-receive-pack "$@"\n' "$variable" >"$GROUND/serve"
    chmod +x "$GROUND/serve"
    push_by env COUNTERSIGN_USER=ada git -C "$WORK" push --receive-pack="$GROUND/serve" origin "HEAD:$MAIN"
    stopped 'failed to push'
done

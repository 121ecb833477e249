# attack:  serves those who judge without the ledger an archive of its own: one more commit on it, an older one, one without an
#          objection, another repository's, none
# defense: the gate signs the archive as a whole, for its repository and for a time
# also:    tests/gate_rig/offline.rs::nobody_but_the_gate_adds_to_its_archive
# also:    tests/gate_rig/offline.rs::an_archive_of_another_repository_or_without_its_files_is_not_believed
# also:    tests/gate_rig/offline.rs::a_withdrawal_is_put_away_at_once_and_one_that_is_kept_back_is_noticed_in_time
# also:    src/audit/archive/state.rs::other_keys_and_other_bytes_are_refused
# also:    src/audit/archive/state.rs::a_state_is_believed_within_its_bounds_alone

in_production "$BASE"
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
landed
away
archive=refs/countersign/archive
old=$(git -C "$AWAY" rev-parse "$archive")
deploy_away "$HEAD"
deployment_permitted

# Taken back; an old archive does not say so, until it is too old or known to be old.
sleep 2.1
record grace sign-off "$BASE..$HEAD" --target "$MAIN" --decision revoke
on_server audit checkpoint >"$GROUND/checkpoint"
deploy_away "$HEAD" --archive-not-older-than 1s
ended 4
deploy_away "$HEAD" --archive-reaches "$GROUND/checkpoint"
ended 4
away
deploy_away "$HEAD" --archive-reaches "$GROUND/checkpoint"
deployment_refused contributor-unknown sign-off-missing sign-off-revoked
new=$(git -C "$AWAY" rev-parse "$archive")

# Without the withdrawal, by whoever has no key: what the gate signed is read, whatever is put on top of it.
forge_archive() {
    git -C "$AWAY" update-ref "$archive" "$(as ada git -C "$AWAY" commit-tree -m 'A better one' "$@")"
    deploy_away "$HEAD" --archive-reaches "$GROUND/checkpoint"
}
forge_archive -p "$new" "$old^{tree}"
ended 4
git -C "$AWAY" read-tree --index-output="$AWAY/.git/index" "$new"
git -C "$AWAY" rm -q -r --cached objections
for parent in "$old" "$new"; do
    for tree in "$new^{tree}" "$(git -C "$AWAY" write-tree)"; do
        forge_archive -p "$parent" "$tree"
        deployment_refused contributor-unknown sign-off-missing sign-off-revoked
    done
done

# For another repository, with another key, or not there.
git -C "$AWAY" update-ref "$archive" "$new"
stranger mallory
try in_folder "$AWAY" "$PROGRAM" gate --environment production --to "$HEAD" --gate-key-public "$KEYS/mallory.pub" \
    --policy "$POLICY" --repository acme/shop
ended 4
try in_folder "$AWAY" "$PROGRAM" gate --environment production --to "$HEAD" \
    --gate-key-public "$(server config countersign.key).pub" --policy "$POLICY" --repository acme/play
ended 4
git -C "$AWAY" update-ref -d "$archive"
deploy_away "$HEAD"
ended 4

# attack:  lets git take malformed objects in: fsck off, one fault overlooked, a list of objects that nobody looks at
# defense: the gate reads objects strictly itself: `object-malformed`; `doctor` names the setting
# also:    tests/installation/holes.rs::holes_in_settings_are_found

double() {
    work cat-file commit HEAD | sed '/^author/{p;s/.*/author Grace Hopper <grace@example.com> 1700000000 +0000/}' | store commit
}
commit ada 'Sort the shelves'
bad=$(double)
push "$bad:$MAIN"
stopped multipleAuthors
server config receive.fsck.multipleAuthors ignore
push "$bad:$MAIN"
refused object-malformed
check_up
finds remark:fsck-ignored
server config --unset receive.fsck.multipleAuthors
printf '%s\n' "$bad" >"$GROUND/skipped"
server config receive.fsck.skipList "$GROUND/skipped"
push "$bad:$MAIN"
refused object-malformed
check_up
finds remark:fsck-ignored
server config --unset receive.fsck.skipList
server config receive.fsckObjects false
push "$bad:$MAIN"
refused object-malformed
check_up
finds remark:fsck-objects
push
landed

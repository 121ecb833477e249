# attack:  sets what opens the repository: cut-off history, refs that are shown, another hook that takes pushes
# defense: `doctor` reads git's settings, and --fix sets those that cannot have a reason
# also:    tests/installation/holes.rs::holes_in_settings_are_found

opened() {
    check_up
    finds "$1"
    check_up --fix --yes
    finds
}
server config receive.shallowUpdate true
opened hole:shallow-update
server config receive.fsckObjects false
opened remark:fsck-objects
server config --unset-all transfer.hideRefs refs/countersign/archive
opened remark:ref-not-hidden
for setting in 'hook.other.event pre-receive:remark:hook-beside' 'receive.procReceiveRefs refs/for:remark:proc-receive' \
    'receive.fsck.missingEmail warn:remark:fsck-ignored'; do
    name=${setting%% *}
    value=${setting#* }
    server config "$name" "${value%%:*}"
    check_up
    finds "${value#*:}"
    server config --unset "$name"
done
server config countersign.server sourceforge
check_up
finds hole:settings

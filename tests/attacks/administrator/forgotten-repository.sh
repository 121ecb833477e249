# attack:  makes a new repository, or moves one, and forgets the gate
# defense: an inventory of every day names it, and `doctor` there says so
# also:    tests/installation/many.rs::a_repository_without_a_gate_is_named_every_day

try at_the_server "$PROGRAM" doctor --all "$GROUND" --sshd-config /dev/null --authorized-keys /dev/null --format json
ended 0
says '"without_gate":0'
git init -q --bare "$GROUND/new.git"
try at_the_server "$PROGRAM" doctor --all "$GROUND" --sshd-config /dev/null --authorized-keys /dev/null --format json
ended 1
says '"without_gate":1'
says "$GROUND/new.git"
real=$SERVER
SERVER=$GROUND/new.git
check_up
finds hole:hook-file hole:settings

# A copy without the hooks, as a backup or a template brings it back.
SERVER=$GROUND/copy.git
cp -a "$real" "$SERVER"
rm -r "$SERVER/hooks"
check_up
finds hole:hook-file remark:adoption

# attack:  lets the disk be full, the ledger be read-only, or somebody else hold its lock
# defense: what cannot be recorded does not land: `ledger-unavailable`; and nothing is half written
# also:    tests/push_no_room.rs::on_a_full_disk_nothing_lands_and_nothing_is_half_written
# also:    tests/push_no_room.rs::with_a_ledger_that_may_only_be_read_nothing_lands

commit ada 'Sort the shelves'
size=$(sql 'SELECT size FROM head')
# The server as an account that may write only what it is allowed to, also where this runs as root.
printf '#!/bin/sh\nexec %s git-receive-pack "$@"\n' \
    "$(if [[ $(id -u) == 0 ]]; then echo setpriv --bounding-set=-all --inh-caps=-all; fi)" >"$GROUND/serve"
chmod +x "$GROUND/serve"
work config remote.origin.receivepack "$GROUND/serve"

chmod -R a-w "$SERVER/countersign"
for ref in "$MAIN" refs/heads/topic; do
    push "HEAD:$ref"
    refused ledger-unavailable
    says 'cannot be written'
done
chmod -R u+w "$SERVER/countersign"

# No file may grow beyond a few thousand bytes: whether the kernel's signal for that is ignored, or kills.
printf '#!/bin/sh\ntrap "" XFSZ\nulimit -f 8\nexec git-receive-pack "$@"\n' >"$GROUND/serve"
push
refused ledger-unavailable
sed -i /trap/d "$GROUND/serve"
push
refused ''
work config --unset remote.origin.receivepack

equal "$(sql 'SELECT size FROM head')" "$size"
audit
sound
push
landed

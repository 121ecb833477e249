# attack:  makes a key of its own, in a file or in a security key of software, calls it the reviewer's, and signs off with it
# defense: who signed follows from the key and the roster, whatever names come with it; `reviewer-unknown`

rename mallory 'Grace Hopper'
stranger mallory -C grace@example.com
commit ada "$KIRO"
sign_off mallory "origin/main..$HEAD" --comment 'Grace Hopper <grace@example.com> agrees'
push
refused sign-off-missing reviewer-unknown

# Under the fingerprint of the reviewer's key it is not even a record.
own=$(ssh-keygen -l -f "$KEYS/mallory" | cut -d' ' -f2)
graces=$(ssh-keygen -l -f "$KEYS/grace" | cut -d' ' -f2)
original=$(work cat-file blob "$RECORD")
blob=$(printf %s "${original/"$own"/"$graces"}" | store blob)
push "+$blob:$RECORD"
refused ref-forbidden

# A touch does not make it hers.
work reset -q --hard origin/main
security_key grace
policy 's/{ role: senior }/{ role: senior, presence: touch }/'
stranger trudy -t ed25519-sk
commit ada "$KIRO"
sign_off trudy "origin/main..$HEAD"
push
refused sign-off-missing reviewer-unknown
sign_off grace "origin/main..$HEAD"
push
landed

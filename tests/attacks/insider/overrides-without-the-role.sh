# attack:  overrides without being a release manager: as a senior, as an agent's operator, with a key that nobody knows
# defense: `override-not-permitted`

commit ada "$KIRO"
for person in grace bob ada; do
    override "$person" "origin/main..$HEAD"
    push
    refused sign-off-missing override-not-permitted
done

# Dana's own, but not in the one file that names her key any more.
override dana "origin/main..$HEAD"
ssh-keygen -q -t ed25519 -N '' -C new -f "$KEYS/new"
policy "s|$(cut -d' ' -f2 "$KEYS/dana.pub")|$(cut -d' ' -f2 "$KEYS/new.pub")|"
push
refused sign-off-missing override-not-permitted

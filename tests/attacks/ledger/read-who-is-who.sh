# attack:  reads the ledger, to learn addresses or secrets
# defense: entries name people by their ids; what is personal is kept aside, and no key or token is in the file

commit ada "$KIRO"
push
refused sign-off-missing
sign_off grace "origin/main..$HEAD"
push
landed
commit ada "$KIRO"
override dana "origin/main..$HEAD"
push
landed
in_production "$BASE"
dump=$(sql 'SELECT json FROM entry')
equal "$(wc -l <<<"$dump")" "$(sql 'SELECT size FROM head')"
for secret in @example.com @amazon.com Byron Grace Hopper Scully "$REASON" Kiro "$(sed -n 2p "$SERVER/countersign/gate.key")"; do
    equal "$(grep -F -- "$secret" <<<"$dump" || true)" ''
done
# The gate's key is in no file of the database, nor in anything that others may read.
while read -r line; do
    equal "$(grep -rlaF -- "$line" "$SERVER" | sort)" "$SERVER/countersign/gate.key"
done < <(sed '/^-/d' "$SERVER/countersign/gate.key")
equal "$(find "$SERVER/countersign" -name gate.key -perm 600 | wc -l)" 1

# attack:  passes as two people by one key, one address or one account that both have in the policy
# defense: the policy does not load, so nothing lands and nothing is installed: `policy-unreadable`
# also:    tests/push_later.rs::one_key_is_not_two_people

good=$(cat "$POLICY")
commit ada 'Sort the shelves'
shared() {
    try "$PROGRAM" policy check "$POLICY"
    ended 3
    says "$1"
    push
    refused policy-unreadable
    says "$1"
    printf '%s\n' "$good" >"$POLICY"
}
policy "s|$(cut -d' ' -f2 "$KEYS/barbara.pub")|$(cut -d' ' -f2 "$KEYS/grace.pub")|"
shared 'shared-identity]: this key belongs to'
policy 's/barbara@example.com/Grace@Example.com/'
shared 'shared-identity]: this e-mail address belongs to'
policy 's/accounts: { plain: barbara }/accounts: { plain: Grace }/'
shared 'shared-identity]: this account belongs to'

git init -q --bare "$GROUND/other.git"
policy "s|$(cut -d' ' -f2 "$KEYS/barbara.pub")|$(cut -d' ' -f2 "$KEYS/grace.pub")|"
try "$PROGRAM" install "$GROUND/other.git" --repository acme/other --policy "$POLICY"
ended 3
printf '%s\n' "$good" >"$POLICY"
push
landed

# attack:  grants a role to a pattern: everybody at an address, every key, every account
# defense: people are named one by one, and a pattern in their place is an error: `policy-unreadable`

good=$(cat "$POLICY")
commit ada 'Sort the shelves'
for grant in 's/barbara@example.com/"*@example.com"/' 's/\[grace, barbara\]/["*"]/' 's/\[grace, barbara\]/["b*"]/' \
    's/accounts: { plain: barbara }/accounts: { plain: "*" }/' 's/^  barbara:/  "*":/' \
    "s|\"$(cat "$KEYS/barbara.pub")\"|\"*\"|"; do
    policy "$grant"
    try "$PROGRAM" policy check "$POLICY"
    ended 3
    push
    refused policy-unreadable
    says 'error[wildcard-identity]'
    printf '%s\n' "$good" >"$POLICY"
done

# For agents and robots, who are kept out and not let in, patterns are allowed.
policy 's/names: \["Acme Fixer"\]/names: ["Acme *"]/'
push
landed

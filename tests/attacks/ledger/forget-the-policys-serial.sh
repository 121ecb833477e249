# attack:  makes the ledger forget the highest serial of the policy, and puts an older, gentler policy back
# defense: what was seen of policies is sealed: `ledger-unavailable`

work checkout -q -b policy
sed '1a serial: 1' "$POLICY" >"$WORK/policy.yaml"
commit ada 'Keep the policy here' note
first=$HEAD
server config core.hooksPath /dev/null
push HEAD:refs/heads/policy
server config --unset core.hooksPath
try "$PROGRAM" uninstall "$SERVER"
try "$PROGRAM" install "$SERVER" --repository acme/shop --policy-ref refs/heads/policy:policy.yaml
ended 0
work fetch -q origin
sed -i -e 's/^serial: .*/serial: 2/' -e 's/role: senior }/role: senior, count: 2 }/' policy.yaml
commit ada 'Ask for two' note 2
record dana sign-off "origin/policy..$HEAD" --target refs/heads/policy
push HEAD:refs/heads/policy
landed refs/heads/policy
seen=$(entry policy-seen)

server update-ref refs/heads/policy "$first"
work checkout -q main
commit ada 'Sort the shelves'
push
refused policy-rolled-back
sql "DELETE FROM mark WHERE entry = $seen AND hex(key) LIKE '0D%'"
push
refused ledger-unavailable
audit
damaged "index:$seen"

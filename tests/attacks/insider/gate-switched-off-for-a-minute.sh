# attack:  switches the hooks off for a minute, lets a change through, and switches them on again
# defense: it is no landing: the check-up finds it, the ledger records it, and nothing deploys it

in_production "$BASE"
commit ada "$KIRO"
server config core.hooksPath /dev/null
push
landed
server config --unset core.hooksPath
check_up
finds hole:drift
says "$MAIN stands at ${HEAD:0:10}; no permit brought it there"
deploy "$HEAD"
deployment_refused sign-off-missing

# The same by taking the gate out and putting it in again. That it was out is on the record.
server update-ref "$MAIN" "$BASE"
try "$PROGRAM" uninstall "$SERVER"
ended 0
push
landed
try "$PROGRAM" install "$SERVER" --repository acme/shop --policy "$POLICY"
ended 0
equal "$(($(entry uninstalled) > 0))" 1
deploy "$HEAD"
deployment_refused sign-off-missing

# attack:  hides that a deployment was refused after it had been permitted, or what runs now, by taking the rows out that
#          lead there
# defense: these rows are sealed by a hash tree that every entry names: nothing is recorded or permitted any more
# also:    tests/ledger_seals.rs::what_speaks_against_a_deployment_is_not_forgotten
# also:    tests/ledger_seals.rs::a_permit_to_deploy_is_not_used_again_because_a_row_is_gone
# also:    tests/ledger_seals.rs::a_row_that_is_taken_out_of_the_index_is_missed

in_production "$BASE"
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
landed
deploy "$HEAD"
deployment_permitted
sleep 1.1
sign_off grace "$BASE..$HEAD" --decision revoke
deploy "$HEAD"
deployment_refused sign-off-missing sign-off-revoked
keep_ledger whole
for rows in 0E:deployed 13:refused; do
    row=${rows%:*} kind=${rows#*:}
    sql "DELETE FROM mark WHERE substr(hex(key), 1, 2) = '$row'"
    if [[ $kind == refused ]]; then
        try on_server deployed --environment production "$HEAD"
        ended 4
        says 'rows of its index were deleted or added'
    else
        deploy "$BASE"
        deployment_refused facts-unknown override-consumed
    fi
    audit
    damaged "index:$(entry "$kind")"
    put_back whole
done
# As it was, it says what happened: nobody permitted that.
try on_server deployed --environment production "$HEAD"
ended 1

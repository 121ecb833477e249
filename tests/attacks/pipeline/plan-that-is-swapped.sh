# attack:  has a harmless plan signed and carries out one that destroys, leaves the plan out, or says the same in other bytes
# defense: the plan's digest is in the record, what it loses on the screen; no plan is one of which nobody knows.
#          `sign-off-elsewhere`, `override-elsewhere`
# also:    tests/gate_rig/plans.rs::a_plan_that_destroys_needs_those_who_saw_it
# also:    tests/gate_rig/plans.rs::an_override_is_for_one_plan

policy_adds <<'END'
  - name: destroys something
    environments: [production]
    when: { destructive: true }
    require: [{ role: senior }]
END
plan() {
    printf '{"format_version":"1.2","resource_changes":[{"address":"db.till","mode":"managed","change":{"actions":["%s"]}}],"terraform_version":"1.9.0"}\n' \
        "$2" >"$GROUND/$1"
}
plan gentle update
plan other no-op
plan destroys delete
record dana override "$BASE" --environment production --reason "$REASON" --plan "$GROUND/gentle"
deploy "$BASE" --plan "$GROUND/destroys"
deployment_refused facts-unknown sign-off-missing override-elsewhere
deploy "$BASE"
deployment_refused facts-unknown sign-off-missing override-elsewhere
deploy "$BASE" --plan "$GROUND/gentle"
deployment_permitted
deployed "$BASE"

commit ada 'Move the till'
push
landed
deploy "$HEAD"
deployment_refused sign-off-missing
record grace sign-off "$BASE..$HEAD" --environment production --plan "$GROUND/gentle"
deploy "$HEAD" --plan "$GROUND/destroys"
deployment_refused sign-off-missing sign-off-elsewhere
says 'db.till'
record grace sign-off "$BASE..$HEAD" --environment production
deploy "$HEAD"
deployment_refused sign-off-missing sign-off-elsewhere
record grace sign-off "$BASE..$HEAD" --environment production --plan "$GROUND/destroys"
shows 'db.till'
sed 's/:/: /' "$GROUND/destroys" >"$GROUND/respelled"
deploy "$HEAD" --plan "$GROUND/respelled"
deployment_refused sign-off-missing sign-off-elsewhere
deploy "$HEAD" --plan "$GROUND/other"
deployment_permitted
deploy "$HEAD" --plan "$GROUND/destroys"
deployment_permitted

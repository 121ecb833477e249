# attack:  goes back to what ran first, when nobody guarded the environment, and for which nobody ever answered
# defense: what was deployed while no gate asked is no beginning; sign-off-missing

# At first no gate names production.
policy 's/environments: \[production, "prod-\*"\]/environments: [staging]/'
commit bob 'Carry no agent: a person wrote it'
K=$HEAD
push_as bob
landed
deploy "$K"
deployment_permitted
deployed "$K"
# Now production is guarded: whatever landed needs a release manager to release it, too.
policy 's/environments: \[staging\]/environments: [production]/'
policy_adds <<'P'
  - name: release
    environments: [production]
    require: [{ role: release-manager }]
P
commit bob 'Mend it'
M=$HEAD
push_as bob
landed
record dana override "$M" --environment production --reason "$REASON"
deploy "$M"

deployment_permitted
deployed "$M"
deploy "$K"

expected
if [[ $STATUS != 1 ]]; then complain 'nobody ever released this state'; fi

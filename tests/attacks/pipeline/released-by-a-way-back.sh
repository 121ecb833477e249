# attack:  has a state deployed that somebody signed off, goes back and there again, which nobody has to sign, and keeps
#          it when the sign-off is withdrawn
# defense: what is gone back to rests on what the state rested on, so that its permit ends with that: `sign-off-revoked`

there_and_back() {
    local next
    for next in "$1" "$BASE" "$1" "$BASE"; do
        deploy "$next"
        deployment_permitted
        deployed "$next"
    done
}
in_production "$BASE"
# Where the landing clears nothing.
commit ada "$KIRO"
state=$HEAD
override dana "$BASE..$state"
push
landed
record grace sign-off "$BASE..$state" --environment production
there_and_back "$state"
record grace sign-off "$BASE..$state" --environment production --decision revoke
deploy "$state"
deployment_refused sign-off-missing sign-off-revoked override-consumed override-elsewhere
# Where a gate stands before the environment alone.
policy_adds <<'P'
  - { name: release, environments: [production], require: [{ role: senior }] }
P
sleep 1.1
record grace sign-off "$BASE..$state" --environment production --comment 'It is fine after all'
there_and_back "$state"
record grace sign-off "$BASE..$state" --environment production --decision revoke --comment 'It is not'
deploy "$state"
deployment_refused sign-off-missing sign-off-revoked override-consumed override-elsewhere

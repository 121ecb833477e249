# attack:  signs off, overrides and pushes as the pipeline: with a key that an agent has, a robot's account, or the deployer's
#          own key
# defense: agents and robots are no people, and whoever deploys has a part in it; `reviewer-not-human`, `reviewer-unknown`,
#          `self-sign-off`
# also:    tests/push_contributors.rs::a_robots_account_hides_nobody
# also:    tests/gate_deployments.rs::who_deploys_may_not_sign_for_it

stranger fixer
stranger releasebot
policy "s|names: \[\"Acme Fixer\"\],|& keys: [\"$(cat "$KEYS/fixer.pub")\"],|"
in_production "$BASE"
commit ada "$KIRO"
sign_off fixer "origin/main..$HEAD" --comment 'by an agent'
sign_off releasebot "origin/main..$HEAD" --comment 'by a robot'
PUSHER=releasebot push
refused pusher-unknown sign-off-missing reviewer-not-human reviewer-unknown
override releasebot "origin/main..$HEAD" --ticket A-1
override fixer "origin/main..$HEAD" --ticket A-2
PUSHER=releasebot push
refused pusher-unknown sign-off-missing reviewer-not-human reviewer-unknown override-not-permitted

commit ada "$KIRO"
push HEAD:refs/heads/topic
server update-ref "$MAIN" "$HEAD"
record grace sign-off "$BASE..$HEAD" --environment production
deploy "$HEAD" --deployer plain:grace
deployment_refused sign-off-missing self-sign-off
deploy "$HEAD" --deployer plain:releasebot
deployment_permitted

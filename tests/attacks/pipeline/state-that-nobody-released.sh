# attack:  goes back to a state that landed, and that nobody ever released where a gate without refs asks for that
# defense: a state is gone back to where each gate was asked about all of it: `candidate-unseen`

policy_adds <<END
  - { name: release approval, environments: [production], require: [{ role: release-manager }] }
END
in_production "$BASE"
commit ada "$KIRO" door 'a back door'
old=$HEAD
sign_off grace "$BASE..$old"
push
landed
commit bob 'Close the door' door 'closed'
new=$HEAD
push_as bob
landed
deploy "$old"
deployment_refused sign-off-missing sign-off-elsewhere role-missing
record dana sign-off "$BASE..$new" --environment production
deploy "$new"
deployment_permitted
deployed "$new"
deploy "$old"
deployment_refused candidate-unseen
# What was released is gone back to.
commit bob 'Paint the door' door 'red'
push_as bob
landed
record dana sign-off "$new..$HEAD" --environment production
deploy "$HEAD"
deployment_permitted
deployed "$HEAD"
deploy "$new"
deployment_permitted
says 'rolled-back'
# A policy that asks for more since is no reason to stay with what is broken.
policy 's/require: \[{ role: senior }\]/require: [{ role: senior, count: 2 }]/'
deploy "$new"
deployment_permitted
says 'rolled-back'

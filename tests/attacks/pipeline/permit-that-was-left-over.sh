# attack:  keeps a permit, and deploys by it when something else runs, or after a deployment without a permit
# defense: a permit is good while nothing arrived that the permitted commit does not bring; else it is an exception, and
#          the next deployment needs an override

in_production "$BASE"
commit bob 'One'
one=$HEAD
push_as bob
landed
commit bob 'Two'
two=$HEAD
push_as bob
landed
for state in "$one" "$two"; do
    deploy "$state"
    deployment_permitted
done
# That what runs is deployed again takes nobody's permit.
deploy "$BASE"
deployment_permitted
deployed "$BASE"
# What is brought may come in between: runs that follow each other are permitted before the first has ended.
for state in "$one" "$two"; do
    deployed "$state"
done
commit bob 'Three'
three=$HEAD
push_as bob
landed
commit bob 'Four'
four=$HEAD
push_as bob
landed
for state in "$three" "$four"; do
    deploy "$state"
    deployment_permitted
done
deployed "$four"
try on_server deployed --environment production "$three"
ended 1
says 'WITHOUT A PERMIT'
deploy "$four"
deployment_refused facts-unknown rolled-back

# Nor does a permit from before heal that.
record dana override "$four" --environment production --reason "$REASON"
deploy "$four"
deployment_permitted
deployed "$four"
commit bob 'Five'
push_as bob
landed
deploy "$HEAD"
deployment_permitted
try on_server deployed --environment production "$one"
ended 1
try on_server deployed --environment production "$HEAD"
ended 1
deploy "$HEAD"
deployment_refused facts-unknown override-consumed override-stale

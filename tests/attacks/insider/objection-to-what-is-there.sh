# attack:  makes a new gated ref, or goes back, at exactly the state that a senior rejects for it, where no commit is new
# defense: whoever may object to a state is heard where no commit is judged, too: `vetoed`

in_production "$BASE"
commit ada "$KIRO" door 'open'
sign_off grace "$BASE..$HEAD"
push
landed
one=$HEAD
deploy "$one"
deployment_permitted
deployed "$one"
commit bob 'Close the door' door 'closed'
push_as bob
landed
deploy "$HEAD"
deployment_permitted
deployed "$HEAD"
deploy "$one"
deployment_permitted
record barbara sign-off "$BASE..$one" --environment production --decision reject --comment 'Never again'
deploy "$one"
deployment_refused vetoed rolled-back
for ref in refs/heads/release/1 refs/tags/v1; do
    record barbara sign-off "$BASE..$one" --target "$ref" --decision reject --comment 'Not in a release'
    push "$one:$ref"
    refused vetoed
done
# Elsewhere it is not rejected; and what ada thinks keeps nobody.
record ada sign-off "$BASE..$one" --target refs/heads/release/2 --decision reject
push "$one:refs/heads/release/2"
landed refs/heads/release/2 "$one"

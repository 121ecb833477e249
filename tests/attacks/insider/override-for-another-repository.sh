# attack:  uses an override that was given for the same commit in another repository, or for another environment
# defense: repository and environment are signed: `override-elsewhere`

commit ada "$KIRO"
try as dana "$PROGRAM" override "origin/main..$HEAD" --target "$MAIN" --reason "$REASON" --repository acme/play \
    --key "$KEYS/dana" --yes --push origin
push
refused sign-off-missing override-elsewhere

sign_off grace "origin/main..$HEAD"
push
landed
record dana override "$BASE" --environment prod-eu --reason "$REASON"
deploy "$BASE"
deployment_refused facts-unknown override-elsewhere
in_production "$BASE"
deploy "$HEAD"
deployment_permitted

# attack:  uses an override on another ref, for another environment, or to delete and rewind
# defense: target and action are signed: `override-elsewhere`; what was used for one ref is used for all

commit ada "$KIRO"
override dana "origin/main..$HEAD"
for ref in refs/heads/release/1 refs/tags/v1; do
    push "$HEAD:$ref"
    refused sign-off-missing override-elsewhere
done
# Not along with the ref that it was given for, either.
push "$HEAD:$MAIN" "$HEAD:refs/heads/release/1"
refused sign-off-missing override-elsewhere
push
landed
push "$HEAD:refs/heads/release/1"
landed refs/heads/release/1

# It let something come. It lets nothing go.
push "+$BASE:$MAIN"
refused ref-rewound sign-off-missing override-consumed override-elsewhere override-stale
push ":$MAIN"
refused ref-deleted override-consumed override-elsewhere override-stale
# And nothing that it let land is thereby deployed.
in_production "$BASE"
deploy "$HEAD"
deployment_refused sign-off-missing override-consumed override-elsewhere

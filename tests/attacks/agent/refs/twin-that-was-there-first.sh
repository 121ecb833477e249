# attack:  takes the short name of a tag or branch that will be guarded, before it is there, so that git gives people the
#          other one
# defense: no guarded tag is made beside a branch of its short name, nor a branch beside a tag: `ref-shadowed`, with the
#          name of what is in the way

commit ada "$KIRO"
push "$HEAD:refs/heads/v2.0" "$HEAD:refs/heads/v3.0" "$HEAD:refs/tags/release/2.0"
landed refs/heads/v2.0
for ref in refs/tags/v2.0 refs/heads/release/2.0; do
    push "$BASE:$ref"
    refused ref-shadowed
done
says 'rename refs/tags/release/2.0'
push :refs/heads/v2.0 :refs/tags/release/2.0
push "$BASE:refs/tags/v2.0" "$BASE:refs/heads/release/2.0"
landed refs/tags/v2.0 "$BASE"
# Whoever wants both signs for it, by the command that the refusal shows.
push "$BASE:refs/tags/v3.0"
refused ref-shadowed
says "countersign override $BASE --target refs/tags/v3.0"
record dana override "$BASE" --target refs/tags/v3.0 --reason "$REASON"
push "$BASE:refs/tags/v3.0"
landed refs/tags/v3.0 "$BASE"

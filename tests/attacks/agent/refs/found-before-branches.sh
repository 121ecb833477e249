# attack:  makes a ref beside the branches and tags, such as `refs/release/1`, where git looks before it looks among these
# defense: no ref is made that git finds before a guarded one: `ref-shadowed`

push "$BASE:refs/heads/release/1"
landed refs/heads/release/1 "$BASE"
commit ada "$KIRO"
for ref in refs/release/1 refs/RELEASE/1; do
    push "$HEAD:$ref"
    refused ref-shadowed
done
push "$HEAD:refs/topic/1"
landed refs/topic/1
# The other way around.
push "$HEAD:refs/release/2"
landed refs/release/2
push "$BASE:refs/heads/release/2"
refused ref-shadowed
says 'refs/release/2'

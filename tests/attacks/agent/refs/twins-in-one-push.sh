# attack:  makes a guarded tag or branch and an unguarded twin of its short name in one push, and git takes the other one
# defense: what comes along is looked at like what is there: `ref-shadowed`

commit ada "$KIRO"
push "$BASE:refs/tags/v1" "$HEAD:refs/heads/v1"
refused ref-shadowed
push "$HEAD:refs/tags/release/1" "$BASE:refs/heads/release/1"
refused ref-shadowed
push "$HEAD:refs/release/1" "$BASE:refs/heads/release/1"
refused ref-shadowed
push "$BASE:refs/tags/v1" "$HEAD:refs/heads/V1"
refused ref-shadowed
# One after the other is no different.
push "$BASE:refs/tags/v1" "$BASE:refs/heads/release/1"
landed refs/tags/v1 "$BASE"
push "$HEAD:refs/heads/v1"
refused ref-shadowed
push "$HEAD:refs/tags/release/1"
refused ref-shadowed

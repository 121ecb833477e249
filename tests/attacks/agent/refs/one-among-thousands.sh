# attack:  hides one bad ref among thousands of good ones
# defense: one refusal refuses the whole push
# also:    tests/push_refs.rs::three_thousand_refs_in_one_push_hide_none

commit ada "$KIRO"
mapfile -t many < <(seq -f "$BASE:refs/heads/topic/%.0f" 2000)
push "${many[@]}" "HEAD:$MAIN"
refused sign-off-missing
push "${many[@]:0:1000}" "HEAD:refs/replace/$BASE" "${many[@]:1000}"
refused ref-forbidden

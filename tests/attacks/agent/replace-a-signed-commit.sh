# attack:  pushes a replace ref, so that whoever reads the signed commit reads another one
# defense: `ref-forbidden`; and objects are read without replacement, should such a ref be there
# also:    tests/push_refs.rs::replace_refs_are_refused

commit ada "$KIRO"
push "HEAD:refs/replace/$BASE"
refused ref-forbidden

# One that somebody brought in another way changes nothing of what is judged.
agents=$HEAD
work reset -q --hard "$BASE"
commit ada 'Look harmless'
work push -q origin "$agents:refs/heads/topic" "$HEAD:refs/heads/harmless"
server replace "$agents" "$HEAD"
work reset -q --hard "$agents"
push
refused sign-off-missing history-obscured

# attack:  pushes to an unprotected branch first, so that the commits are in the repository already
# defense: the range is what the protected ref gains
# also:    tests/push_sign_off.rs::pushing_to_a_topic_first_clears_nothing

commit ada "$KIRO"
first=$HEAD
push HEAD:refs/heads/topic
landed refs/heads/topic
push
refused sign-off-missing
commit ada 'Polish it'
push
refused sign-off-missing
# In one push, under a tag, or on a branch that nobody names any more.
push HEAD:refs/heads/other "HEAD:$MAIN"
refused sign-off-missing
push HEAD:refs/tags/polished
landed refs/tags/polished
push :refs/heads/topic
push
refused sign-off-missing
work reset -q --hard "$first"
sign_off grace "$BASE..HEAD"
push
landed

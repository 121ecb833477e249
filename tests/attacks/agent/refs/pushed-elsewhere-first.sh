# attack:  brings its commits under a note, a pull request, a remote's branch or an own folder of refs first, so that
#          they are not new any more
# defense: what counts is what the guarded ref gains, wherever it has been before; `sign-off-missing`
# also:    tests/push_sign_off.rs::pushing_to_a_topic_first_clears_nothing

commit ada "$KIRO"
for name in heads/topic pull/7/head notes/ai remotes/origin/main custom/main tags/nightly; do
    push "HEAD:refs/$name"
    landed "refs/$name"
    push
    refused sign-off-missing
done
push HEAD:refs/heads/release/1
refused sign-off-missing
push HEAD:refs/tags/v1
refused sign-off-missing
work tag -a -m 'Version 1' v1
push refs/tags/v1
refused sign-off-missing

# In one push with others, at the beginning, in the middle, at the end.
push HEAD:refs/heads/a "HEAD:$MAIN" HEAD:refs/heads/z
refused sign-off-missing

# attack:  overrides their own change: as its author, committer, co-author or pusher, or by an older commit in it
# defense: the override of somebody who worked on the change does not count: `override-not-permitted`
# also:    tests/push_override.rs::the_author_cannot_override_their_own_change
# also:    tests/push_override.rs::the_pusher_cannot_override_their_own_push

own() {
    override dana "origin/main..HEAD"
    push
    refused sign-off-missing override-not-permitted
    work reset -q --hard origin/main
}

commit dana "$KIRO"
own
commit ada "$KIRO"$'\nCo-authored-by: Dana Scully <dana@example.com>'
own
commit dana 'Begin'
commit ada "$KIRO"
own
printf 'rebased\n' >"$WORK/rebased"
work add -A
as dana git -C "$WORK" commit -q --author 'Ada Byron <ada@example.com>' -m "$KIRO"
own

# Who pushes it worked on it, too; and who brought it to another branch before.
commit ada "$KIRO"
override dana "origin/main..$HEAD"
PUSHER=dana push
refused sign-off-missing override-not-permitted
PUSHER=dana push HEAD:refs/heads/topic
landed refs/heads/topic
push
refused sign-off-missing override-not-permitted

# A change that Dana had no part in.
work reset -q --hard origin/main
commit ada "$KIRO"
override dana "origin/main..$HEAD"
push
landed

# attack:  merges with `-s ours`, so that a fix is dropped while history says that it is there
# defense: the merge is recomputed; what differs is content of its own
# also:    tests/push_refs.rs::what_one_of_two_merged_branches_loses_on_a_new_branch_is_seen

commit bob 'Close the back door' door closed
PUSHER=bob
push
landed
fixed=$HEAD
PUSHER=ada
work reset -q --hard "$BASE"
commit ada "$KIRO"
own=$HEAD
work merge -q -s ours -m "Merge main

Co-authored-by: Kiro <kiro@amazon.com>" "$fixed"
equal "$(work diff "$own" HEAD)" ''
push
refused sign-off-missing merge-altered
work reset -q --hard "$own"
work merge -q -m 'Merge main' "$fixed"
sign_off grace "$fixed..HEAD"
push
landed

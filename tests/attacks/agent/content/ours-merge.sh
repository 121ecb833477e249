# attack:  merges with `-s ours`, so that a fix is dropped while history says that it is there
# defense: the merge is recomputed; what differs is content of its own

commit bob 'Close the back door' door closed
push_as bob
landed
fixed=$HEAD
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

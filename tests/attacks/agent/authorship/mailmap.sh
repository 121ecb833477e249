# attack:  brings a `.mailmap` by which git shows somebody else as author, or an agent as a person
# defense: aliases come from the roster only
# also:    tests/push_tricks.rs::a_mailmap_makes_nobody_somebody_else

commit ada 'Map' .mailmap "Ada Byron <ada@example.com> <grace@example.com>
Ada Byron <ada@example.com> <kiro@amazon.com>"
push
landed
base=$HEAD
server config mailmap.blob "$MAIN:.mailmap"
commit grace "$KIRO"
equal "$(work log -1 --format=%aN)" 'Ada Byron'
sign_off grace "$base..HEAD"
push
refused sign-off-missing self-sign-off
work reset -q --hard "$base"
commit ada 'Sort the shelves'
work commit -q --amend --no-edit --author 'Kiro <kiro@amazon.com>'
equal "$(work log -1 --format=%aN)" 'Ada Byron'
push
refused sign-off-missing
says Kiro

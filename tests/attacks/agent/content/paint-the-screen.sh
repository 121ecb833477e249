# attack:  puts escape sequences, direction marks or invisible letters into names, messages, paths and branches, to
#          repaint what the pusher and the reviewer see
# defense: text from elsewhere is escaped before it is shown
# also:    src/model/quote.rs::nothing_that_steers_a_terminal_is_left

paint=$'\e[2K\e[1A\e]0;signed\a\u202e\u2066\u200b\u009b2J'
# unpainted: nothing of it was printed.
unpainted() {
    for sign in $'\e' $'\a' $'\u202e' $'\u2066' $'\u200b' $'\u009b'; do silent "$sign"; done
}
commit ada "Sort $paint the shelves

Co-authored-by: Kiro <kiro@amazon.com>" "shelf-$paint"
work commit -q --amend --no-edit --author "Ada $paint <ada@example.com>"
push "HEAD:$MAIN" "HEAD:refs/heads/sort-$(printf '\u202e\u2066\u200b')-it"
refused sign-off-missing
# What git itself says of the push is git's.
SAID=$(grep '^remote:' <<<"$SAID")
unpainted
try as grace "$PROGRAM" sign-off "$BASE..HEAD" --target "$MAIN" --repository acme/shop --key "$KEYS/grace" --yes \
    --comment "as agreed $paint"
ended 4
unpainted
try as grace "$PROGRAM" sign-off "$BASE..HEAD" --target "$MAIN" --repository acme/shop --key "$KEYS/grace" --yes \
    --push origin
ended 0
unpainted
says 'shelf-\u{1b}'
push
landed

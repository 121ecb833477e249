# attack:  puts escape sequences, direction marks or invisible letters into names, messages, paths and branches, to
#          repaint what the pusher and the reviewer see
# defense: text from elsewhere is escaped before it is shown
# also:    src/model/quote.rs::nothing_that_steers_a_terminal_is_left
# also:    tests/cli_detect.rs::a_hostile_message_steers_no_workflow_log

paint=$'\e[2K\e[1A\e]0;signed\a\u202e\u2066\u200b\u009b2J'
commit ada "$KIRO $paint" "shelf-$paint" 'x'
work commit -q --amend -m "Sort $paint the shelves
Co-authored-by: Kiro <kiro@amazon.com>" --author "Ada $paint <ada@example.com>"
push "HEAD:$MAIN" "HEAD:refs/heads/sort-$(printf '\u202e\u2066\u200b')-it"
refused sign-off-missing
not_painted() {
    for sign in $'\e' $'\a' $'\u202e' $'\u2066' $'\u200b' $'\u009b'; do silent "$sign"; done
}
# What git itself says of the push is git's.
SAID=$(grep '^remote:' <<<"$SAID")
not_painted
sign_off grace "$BASE..HEAD" --comment "as agreed $paint"
shows 'Ada'
not_painted
push
landed
SAID=$(grep '^remote:' <<<"$SAID")
not_painted

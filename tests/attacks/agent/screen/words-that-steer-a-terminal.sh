# attack:  writes escape sequences, line ends, direction marks and invisible letters into paths, names, messages, comments and
#          reasons, to draw another screen over the real one
# defense: whatever others wrote is escaped before it is shown
# also:    src/model/quote.rs::nothing_that_steers_a_terminal_is_left

esc=$'\e'
rename bob "Bob${esc}[2J${esc}[H Developer"
commit bob "$KIRO"$'\r\e[1A\u202egnihton' $'src/\e[8mtill\e[0m.c'
commit ada "$KIRO" $'src/a\u200bb\u2066.c'
commit ada "$KIRO" 'src/till.c
  changes     0 paths (+0 -0 lines)'
look grace sign-off "$BASE..HEAD" --target "$MAIN" --comment "as agreed${esc}]0;x"$'\a'
if grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\x{202e}|\x{200b}|\x{2066}' <<<"$SAID"; then complain 'the screen can be steered'; fi
equal "$(grep -c '^  changes' <<<"$SAID")" 1
says 'changes 3 paths'
push
refused sign-off-missing
if grep -qP '[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]|\x{202e}' <<<"$SAID"; then complain 'the refusal can be steered'; fi

# attack:  brings attributes with the change that make git call its files binary, generated, or show them through a program
#          of the reviewer's
# defense: the screen counts the lines of such files, too, and its command shows them, whatever attributes say

work config diff.quiet.command true
work config diff.quiet.textconv true
printf '%s\n' '* -diff' '*.c diff=quiet' '*.min linguist-generated binary' >"$WORK/.gitattributes"
printf 'let me in\n' >"$WORK/till.c"
printf 'let me in, too\n' >"$WORK/till.min"
commit ada "$KIRO" till 'and me'
shown=$(work diff "$BASE" HEAD)
if [[ $shown == *'let me in'* ]]; then complain 'git shows it'; fi
look grace sign-off "$BASE..HEAD" --target "$MAIN"
says 'changes 4 paths (+6 -0 lines)'
run_shown 'whole diff'
says '+let me in '
says '+let me in, too'
says '+and me'

# attack:  lets history be cut off or rewritten for those who read it: grafts, a shallow boundary, a replaced commit
# defense: then nothing is judged: `history-obscured`; `doctor` names what hides it
# also:    tests/installation/holes.rs::holes_in_the_repository_are_found

commit ada 'Sort the shelves'
other=$(as ada git -C "$SERVER" commit-tree -m other "$BASE^{tree}")
obscured() {
    check_up
    finds hole:history
    push
    refused history-obscured
}
printf '%s\n' "$BASE" >"$SERVER/info/grafts"
obscured
rm "$SERVER/info/grafts"
printf '%s\n' "$BASE" >"$SERVER/shallow"
obscured
rm "$SERVER/shallow"
server replace "$BASE" "$other"
obscured
server replace -d "$BASE"
push
landed

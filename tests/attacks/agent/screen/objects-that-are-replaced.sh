# attack:  has the reviewer's clone show other objects in the place of what they sign: by replace refs or grafts
# defense: nobody signs where part of the history is hidden

commit ada "$KIRO" till 'let me in'
evil=$HEAD
blob=$(work rev-parse "$evil:till")
work reset -q --hard "$BASE"
commit ada "$KIRO" till 'sorted'
harmless=$HEAD
tried() {
    if [[ $(work diff "$BASE" "$evil") == *'let me in'* ]]; then complain 'git shows it'; fi
    signs_nothing grace sign-off "$BASE..$evil" --target "$MAIN"
    says 'part of the history is hidden here'
}
work replace "$evil" "$harmless"
tried
work replace -d "$evil"
work replace "$blob" "$(work rev-parse HEAD:till)"
tried
work replace -d "$blob"
mkdir -p "$WORK/.git/info"
echo "$evil" >"$WORK/.git/info/grafts"
signs_nothing grace sign-off "$BASE..$evil" --target "$MAIN"
rm "$WORK/.git/info/grafts"
work reset -q --hard "$evil"
sign_off grace "$BASE..$evil"
push
landed

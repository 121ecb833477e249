# attack:  pushes what an agent wrote, and hopes
# defense: `sign-off-missing`

commit ada "$KIRO"
push
refused sign-off-missing
sign_off grace "origin/main..$HEAD"
push
landed

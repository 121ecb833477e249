# attack:  brings attributes by which git calls the change binary or generated, and shows nothing of it
# defense: the reviewer is given a command that no attribute has a say in, and shown attributes as a thing to look at

commit ada "$KIRO" .gitattributes '* -diff linguist-generated'
commit ada 'Sort the shelves' shelves.js 'let me in'
try work diff "$BASE" HEAD -- shelves.js
silent 'let me in'
sign_off grace "$BASE..HEAD"
shows '2 paths (+2 -0 lines)'
shows '.gitattributes'
try eval "$(sed -n 's/^ *whole diff *//p' <<<"$SCREEN")"
says '+let me in'
push
landed

# attack:  moves a submodule, or its address, and lets `.gitmodules` tell git to show none of it
# defense: the screen points at each submodule that moves, the command on it ignores none, and what is signed binds the
#          commit that it points to
# also:    tests/push_tricks.rs::a_moved_submodule_is_part_of_what_is_signed

modules() {
    printf '[submodule "x"]\n\tpath = x\n\turl = %s\n\tignore = all\n' "$1" >"$WORK/.gitmodules"
    work add .gitmodules
}
link() { work update-index --add --cacheinfo "160000,$1,x"; }
# As many clones have it.
work config diff.ignoreSubmodules all
modules https://git.example.com/x.git
link "${BASE//?/1}"
work commit -q -m 'Add a library'
push
landed
work fetch -q origin
start=$(work rev-parse HEAD)

link "${BASE//?/2}"
work commit -q -m "$KIRO"
moved=$(work rev-parse HEAD)
equal "$(work diff "$start" "$moved")" ''
look grace sign-off "$start..$moved" --target "$MAIN"
says 'changes 1 path (+1 -1 lines)'
moved_to=${BASE//?/2}
says "careful x points to commit ${moved_to:0:12} of another repository"
run_shown 'whole diff'
says "+Subproject commit ${BASE//?/2}"
sign_off grace "$start..$moved"

# That is no signature for where it points to next, nor for another address.
link "${BASE//?/3}"
work commit -q --amend -m "$KIRO"
push
refused sign-off-missing
work reset -q --hard "$moved"
modules https://evil.example.com/x.git
work commit -q --amend --no-edit
push
refused sign-off-missing
look grace sign-off "$start..HEAD" --target "$MAIN"
says '.gitmodules'
work reset -q --hard "$moved"
push
landed

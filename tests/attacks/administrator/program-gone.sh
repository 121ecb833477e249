# attack:  moves the program, or lets an update leave it empty, without its x bit, or as one that says yes
# defense: the hook file refuses and says what to repair; `doctor` pushes an agent's commit to a copy of the installation
# also:    tests/hook_files.rs::a_program_that_is_not_there_refuses_the_push_and_says_so
# also:    tests/hook_files.rs::a_program_that_cannot_answer_refuses_the_push
# also:    tests/push_outage.rs::an_empty_program_in_its_place_lets_nothing_land
# also:    tests/installation/holes.rs::holes_in_what_the_hooks_call_are_found

# A copy of the program, which the hooks call from now on.
own=$GROUND/own
cp "$PROGRAM" "$own"
sed -i "s|$PROGRAM|$own|g" "$SERVER"/hooks/p*-receive
commit ada 'Sort the shelves'
push
landed
commit ada 'Sweep the floor'
spoiled() {
    push
    refused ''
    push HEAD:refs/heads/topic
    refused ''
    cp -p "$PROGRAM" "$own"
}
rm "$own"
spoiled
: >"$own"
spoiled
cp "$PROGRAM" "$own"
chmod -x "$own"
spoiled
head -c 100000 "$PROGRAM" >"$own"
spoiled
printf '#!/bin/sh\nkill -9 $$\n' >"$own"
spoiled
printf '#!/bin/sh\nexit 1\n' >"$own"
spoiled
push
landed

# One that says yes to everything, or to everything but nonsense.
for script in 'exit 0' 'grep -q refs/ && exit 0; echo countersign: no >&2; exit 4'; do
    rm "$own"
    printf '#!/bin/sh\n%s\n' "$script" >"$own"
    chmod 755 "$own"
    check_up
    finds hole:canary
done

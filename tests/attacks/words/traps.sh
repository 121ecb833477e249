#!/usr/bin/env bash
# Programs that nobody but the attacker may run. Part of ground.sh, which reads it.

# $TRAP is a program that leaves a mark when it is run.
TRAP=$GROUND/trap
printf '#!/bin/sh\ntouch "%s"\n' "$GROUND/ran" >"$TRAP"
chmod 755 "$TRAP"

# ran: the attacker's program was run; so it would have been found if somebody else had run it.
ran() {
    expected
    if [[ ! -e $GROUND/ran ]]; then complain 'the trap does not work'; fi
    rm "$GROUND/ran"
}

# nothing_ran: nobody ran the attacker's program.
nothing_ran() {
    expected
    if [[ -e $GROUND/ran ]]; then complain "the attacker's program was run"; fi
}

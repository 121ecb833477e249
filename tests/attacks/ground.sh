#!/usr/bin/env bash
# The ground on which an attack is tried: a bare repository with the gate installed, a clone of it, people with real
# keys, and the words that the attacks are written in. Stock git, ssh-keygen and the program under test do everything.
#
#   tests/attacks/ground.sh ATTACK.sh
#
# COUNTERSIGN names the program; otherwise it is looked for on PATH. Ends with 0 when every expectation of the attack
# held, and there was at least one; with 1 when one did not; with 3 when something failed that had to work.
set -eEuo pipefail
trap 'printf "%s:%s: failed: %s\n" "${BASH_SOURCE[0]}" "$LINENO" "$BASH_COMMAND" >&2; exit 3' ERR

[[ $# == 1 ]] || { sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
ATTACKS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PROGRAM=$(command -v "${COUNTERSIGN:-countersign}") || { echo "no countersign: set COUNTERSIGN" >&2; exit 2; }
PROGRAM=$(realpath "$PROGRAM")
ATTACK=$(realpath "$1")

# --- the place, cut off from the machine's settings ------------------------------------------------

GROUND=$(mktemp -d "${TMPDIR:-/tmp}/attack-XXXXXX")
trap 'chmod -R u+rwX "$GROUND" 2>/dev/null || true; rm -rf "$GROUND"' EXIT
for name in $(compgen -e); do
    # COUNTERSIGN_MUTANT is read by the copies of the program that `mutate` builds, and by nothing else.
    case $name in PATH | TMPDIR | COUNTERSIGN_MUTANT) ;; *) unset "$name" ;; esac
done
export HOME=$GROUND LC_ALL=C.UTF-8 TZ=UTC
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0
export GIT_ADVICE=0

SERVER=$GROUND/shop.git
WORK=$GROUND/work
KEYS=$GROUND/keys
POLICY=$GROUND/site/policy.yaml
LEDGER=$SERVER/countersign/ledger.sqlite
MAIN=refs/heads/main
# A message that declares an agent.
KIRO=$'Fix cost explorer cache\n\nCo-authored-by: Kiro <kiro@amazon.com>'
# A reason that is long enough.
REASON='Checkout is down and must be fixed now'
export SERVER WORK KEYS POLICY LEDGER MAIN KIRO REASON

# --- saying what went wrong ------------------------------------------------------------------------

# What was printed last, by the commands below.
SAID=
EXPECTATIONS=0

# complain TEXT: ends the attack as not held off.
complain() {
    local frame=0 at
    # The line of the attack that led here.
    while at=$(caller "$frame") && [[ $at != *"$ATTACK" ]]; do frame=$((frame + 1)); done
    printf '%s:%s: %s\n' "${ATTACK#"$ATTACKS"/}" "${at%% *}" "$*" >&2
    if [[ -n $SAID ]]; then printf '%s\n' "$SAID" | sed 's/^/    /' >&2; fi
    exit 1
}

expected() {
    EXPECTATIONS=$((EXPECTATIONS + 1))
}

# --- the words that attacks are written in ---------------------------------------------------------

# shellcheck source-path=SCRIPTDIR source=words/people.sh
source "$ATTACKS/words/people.sh"
# shellcheck source-path=SCRIPTDIR source=words/changes.sh
source "$ATTACKS/words/changes.sh"
# shellcheck source-path=SCRIPTDIR source=words/pushes.sh
source "$ATTACKS/words/pushes.sh"
# shellcheck source-path=SCRIPTDIR source=words/records.sh
source "$ATTACKS/words/records.sh"
# shellcheck source-path=SCRIPTDIR source=words/policy.sh
source "$ATTACKS/words/policy.sh"
# shellcheck source-path=SCRIPTDIR source=words/deployments.sh
source "$ATTACKS/words/deployments.sh"
# shellcheck source-path=SCRIPTDIR source=words/program.sh
source "$ATTACKS/words/program.sh"
# shellcheck source-path=SCRIPTDIR source=words/traps.sh
source "$ATTACKS/words/traps.sh"
# shellcheck source-path=SCRIPTDIR source=words/doctor.sh
source "$ATTACKS/words/doctor.sh"
# shellcheck source-path=SCRIPTDIR source=words/ledger.sh
source "$ATTACKS/words/ledger.sh"

# --- opening ---------------------------------------------------------------------------------------

open_ground() {
    local person
    mkdir "$KEYS" "$GROUND/site"
    for person in ada bob grace barbara dana; do
        ssh-keygen -q -t ed25519 -N '' -C "$person" -f "$KEYS/$person"
    done
    git init -q --bare -b main "$SERVER"
    git init -q -b main "$WORK"
    work remote add origin "$SERVER"
    commit ada 'Open the shop'
    BASE=$HEAD
    work push -q origin main
    policy_of_the_ground >"$POLICY"
    COUNTERSIGN_USER=root "$PROGRAM" install "$SERVER" --repository acme/shop --policy "$POLICY" >/dev/null 2>&1
    work fetch -q origin
}

export PROGRAM BASE HEAD PUSHER FORGED POLICY_REF AWAY VERDICT TRAP
open_ground
cd "$WORK"
# shellcheck source=/dev/null
source "$ATTACK"
if [[ $EXPECTATIONS == 0 ]]; then complain 'the attack expects nothing'; fi

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
MAIN=refs/heads/main
# A message that declares an agent.
KIRO=$'Fix cost explorer cache\n\nCo-authored-by: Kiro <kiro@amazon.com>'
# A reason that is long enough.
REASON='Checkout is down and must be fixed now'
export SERVER WORK KEYS POLICY MAIN KIRO REASON

# --- saying what went wrong -------------------------------------------------------------------------

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

# --- people -----------------------------------------------------------------------------------------

# Ada is the agent's operator. Bob writes code, Grace and Barbara are seniors, Dana is the release manager, and
# `fixer` is an account that an agent has for itself.
declare -A NAMES=([ada]='Ada Byron' [bob]='Bob Developer' [grace]='Grace Hopper' [barbara]='Barbara Liskov'
    [dana]='Dana Scully' [fixer]='Acme Fixer')

# as PERSON COMMAND...: runs a command as somebody: their name in git, and their account at the server. Of others, and
# of nobody, it is the account alone.
as() {
    local person=$1 name
    shift
    name=${NAMES[${person:-nobody}]-$person}
    GIT_AUTHOR_NAME=$name GIT_AUTHOR_EMAIL=$person@example.com COUNTERSIGN_USER=$person \
        GIT_COMMITTER_NAME=$name GIT_COMMITTER_EMAIL=$person@example.com "$@"
}

# --- changes ----------------------------------------------------------------------------------------

# commit PERSON MESSAGE [FILE [CONTENT]]: commits a file as somebody, and leaves the commit's name in HEAD.
FILES=0
commit() {
    local person=$1 message=$2 file content
    FILES=$((FILES + 1))
    file=${3:-file-$FILES}
    content=${4:-$message}
    mkdir -p "$(dirname "$WORK/$file")"
    printf '%s\n' "$content" >"$WORK/$file"
    as "$person" git -C "$WORK" add -A
    as "$person" git -C "$WORK" commit -q --allow-empty -m "$message"
    HEAD=$(work rev-parse HEAD)
}

# work ARGUMENTS...: runs git in the clone, as Ada.
work() {
    as ada git -C "$WORK" "$@"
}

# server ARGUMENTS...: runs git on the server, past the gate, as its administrator could.
server() {
    COUNTERSIGN_USER=root git -C "$SERVER" "$@"
}

# store KIND: stores an object from standard input in the clone, however malformed it is, and prints its name.
store() {
    work hash-object -t "$1" --literally -w --stdin
}

# edited SED...: stores a copy of the commit that is checked out, its raw bytes changed by a sed program. Its name is in
# HEAD.
edited() {
    local raw=$GROUND/raw
    work cat-file commit HEAD >"$raw"
    LC_ALL=C sed -e "$@" "$raw" >"$raw.edited"
    if cmp -s "$raw" "$raw.edited"; then complain 'the commit did not change'; fi
    HEAD=$(store commit <"$raw.edited")
}

# tip [REF]: prints what a ref on the server points at, or nothing.
tip() {
    server rev-parse --verify -q "${1:-$MAIN}" || true
}

# --- pushes -----------------------------------------------------------------------------------------

# try COMMAND...: runs something that may fail. What it printed is in SAID, how it ended in STATUS.
STATUS=0
try() {
    STATUS=0
    SAID=$("$@" 2>&1 </dev/null | tr -d '\000') || STATUS=$?
}

# push [REFSPEC...]: pushes as $PUSHER from the clone, by default what is checked out to main.
PUSHER=ada
BEFORE=
push() {
    if [[ $# == 0 ]]; then set -- "HEAD:$MAIN"; fi
    push_by git -C "$WORK" push origin "$@"
}

# push_by COMMAND...: pushes as $PUSHER by another command.
push_by() {
    BEFORE=$(server for-each-ref)
    try as "$PUSHER" "$@"
}

# push_as ACCOUNT [REFSPEC...]: pushes as somebody else, or with an account of nobody's.
push_as() {
    local PUSHER=$1
    shift
    push "$@"
}

# refused CODE...: the push was refused as a whole, no ref moved, and these are exactly the findings.
refused() {
    expected
    if [[ $STATUS == 0 ]]; then complain 'the push was let through'; fi
    if [[ $BEFORE != "$(server for-each-ref)" ]]; then complain 'a refused push moved a ref'; fi
    same_codes "$(codes)" "$@"
}

# codes: prints the finding codes that SAID names.
codes() {
    { grep -oE '\[[a-z]+(-[a-z]+)+\]' <<<"$SAID" || true; } | tr -d '[]' | sort -u
}

same_codes() {
    local found=$1 wanted
    shift
    wanted=$(printf '%s\n' "$@" | sort -u)
    if [[ $found != "$wanted" ]]; then
        complain "expected exactly these findings: $(tr '\n' ' ' <<<"$wanted")- and found: $(tr '\n' ' ' <<<"$found")"
    fi
}

# stopped WORDS: git itself or a server's setting refused the push before the gate had to, with these words.
stopped() {
    expected
    if [[ $STATUS == 0 ]]; then complain 'the push was let through'; fi
    if [[ $BEFORE != "$(server for-each-ref)" ]]; then complain 'a refused push moved a ref'; fi
    if [[ $SAID != *"$1"* ]]; then complain "\`$1\` is not said"; fi
}

# landed [REF [COMMIT]]: the push was let through, and the server has the commit at the ref.
landed() {
    expected
    if [[ $STATUS != 0 ]]; then complain 'the push was refused'; fi
    local ref=${1:-$MAIN} commit=${2:-}
    if [[ -z $commit ]]; then commit=$(work rev-parse HEAD); fi
    if [[ $(tip "$ref") != "$commit" ]]; then complain "$ref is not at $commit"; fi
}

# says WORDS: whoever tried it read this, wherever the lines ended.
says() {
    expected
    local text
    # shellcheck disable=SC2001  # each line's beginning, not the text's
    text=$(sed 's/^remote: //' <<<"$SAID" | tr -s ' \n' ' ')
    if [[ $text != *"$1"* ]]; then complain "\`$1\` is not said"; fi
}

# silent WORDS: nobody read this.
silent() {
    expected
    if [[ $SAID == *"$1"* ]]; then complain "\`$1\` is said"; fi
}

# equal FOUND WANTED: two texts are the same.
equal() {
    expected
    if [[ $1 != "$2" ]]; then complain "expected \`$2\`, and found \`$1\`"; fi
}

# --- records ----------------------------------------------------------------------------------------

# sign_off PERSON RANGE [OPTION...]: signs a range off for main, and pushes the record. Its ref is in RECORD.
sign_off() {
    local person=$1 range=$2
    shift 2
    record "$person" sign-off "$range" --target "$MAIN" "$@"
}

# override PERSON RANGE [OPTION...]: overrides the gate for a range on main, and pushes the record.
override() {
    local person=$1 range=$2
    shift 2
    record "$person" override "$range" --target "$MAIN" --reason "$REASON" "$@"
}

# record PERSON COMMAND...: makes a record with somebody's key, and pushes it as them. What they were shown before they
# signed is in SCREEN, the record's ref in RECORD.
RECORD=
SCREEN=
record() {
    local person=$1
    shift
    try_out as "$person" "$PROGRAM" "$@" --repository acme/shop --key "$KEYS/$person" --yes --push origin --format json
    RECORD=$(sed -n 's/.*"ref": *"\([^"]*\)".*/\1/p' <<<"$SAID")
    if [[ -z $RECORD ]]; then
        SAID=$SCREEN
        complain 'no record was made'
    fi
}

# try_out COMMAND...: as `try`, in the clone, with what is said aside of the answer in SCREEN.
try_out() {
    STATUS=0
    SAID=$(cd "$WORK" && "$@" 2>"$GROUND/screen" </dev/null) || STATUS=$?
    SCREEN=$(cat "$GROUND/screen")
}

# shows WORDS: whoever signed last was shown this.
shows() {
    SAID=$SCREEN
    says "$1"
}

# --- the policy -------------------------------------------------------------------------------------

# policy SED...: changes the policy in force by a sed program, as its administrator does.
policy() {
    local before
    before=$(cat "$POLICY")
    sed -i "$@" "$POLICY"
    if [[ $before == "$(cat "$POLICY")" ]]; then complain 'the policy did not change'; fi
}

# policy_adds: appends standard input to the policy in force.
policy_adds() {
    cat >>"$POLICY"
}

# policy_of_the_ground: prints the policy that every attack begins with.
policy_of_the_ground() {
    cat <<END
version: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada }, keys: ["$(cat "$KEYS/ada.pub")"] }
  bob: { name: Bob Developer, emails: [bob@example.com], accounts: { plain: bob }, keys: ["$(cat "$KEYS/bob.pub")"] }
  grace:
    name: Grace Hopper
    emails: [grace@example.com, hopper@home.example.com]
    accounts: { plain: grace, github: { login: amazing-grace, id: 42 } }
    keys: ["$(cat "$KEYS/grace.pub")"]
  barbara: { name: Barbara Liskov, emails: [barbara@example.com], accounts: { plain: barbara }, keys: ["$(cat "$KEYS/barbara.pub")"] }
  dana: { name: Dana Scully, emails: [dana@example.com], accounts: { plain: dana }, keys: ["$(cat "$KEYS/dana.pub")"] }
roles:
  senior: { people: [grace, barbara] }
  release-manager: { people: [dana] }
agents:
  acme-fixer: { names: ["Acme Fixer"], accounts: { plain: fixer } }
robots:
  acme-release: { emails: [release-bot@acme.example], accounts: { plain: releasebot } }
gates:
  - name: agent's change
    refs: ["refs/heads/main", "refs/heads/release/**", "refs/tags/v*"]
    environments: [production, "prod-*"]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
END
}

# --- deployments ------------------------------------------------------------------------------------

# deploy COMMIT [OPTION...]: asks on the server whether a commit may go to production.
deploy() {
    local commit=$1
    shift
    try on_server gate --environment production --to "$commit" "$@"
}

# deployed COMMIT: tells that a commit runs in production now.
deployed() {
    try on_server deployed --environment production "$1"
    if [[ $STATUS != 0 ]]; then complain 'the deployment was not recorded'; fi
}

# in_production COMMIT: lets a commit run in production by an override, as the first deployment must.
in_production() {
    record dana override "$1" --environment production --reason "$REASON"
    deploy "$1"
    if [[ $STATUS != 0 ]]; then complain 'the first deployment was refused'; fi
    deployed "$1"
}

# deployment_refused CODE...: the deployment was refused, and these are exactly the findings.
deployment_refused() {
    expected
    if [[ $STATUS != 1 ]]; then complain "not refused, but $STATUS"; fi
    same_codes "$(codes)" "$@"
}

# deployment_permitted: the deployment may go on.
deployment_permitted() {
    expected
    if [[ $STATUS != 0 ]]; then complain 'the deployment was refused'; fi
}

# --- the program ------------------------------------------------------------------------------------

# on_server COMMAND...: runs the program in the server's repository, as its administrator.
on_server() {
    (cd "$SERVER" && COUNTERSIGN_USER=root "$PROGRAM" "$@")
}

# ended STATUS: what was tried last ended with this exit code.
ended() {
    expected
    if [[ $STATUS != "$1" ]]; then complain "ended with $STATUS, not $1"; fi
}

# --- opening ----------------------------------------------------------------------------------------

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

export PROGRAM BASE HEAD PUSHER
open_ground
cd "$WORK"
# shellcheck source=/dev/null
source "$ATTACK"
if [[ $EXPECTATIONS == 0 ]]; then complain 'the attack expects nothing'; fi

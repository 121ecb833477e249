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

# rename PERSON NAME: lets somebody commit under another name.
rename() {
    NAMES[$1]=$2
}

# stranger NAME [OPTION...]: makes a key for somebody whom the policy does not know.
stranger() {
    local name=$1
    shift
    NAMES[$name]=${NAMES[$name]:-$name}
    ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$KEYS/$name" "$@"
}

# security_key PERSON [OPTION...]: gives somebody a new key, one that wants to be touched: OpenSSH's software stand-in for
# a security key, which signs without anybody there if it was made to. Where the machine has none, the attack ends here.
SOFTWARE_KEY=/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so
security_key() {
    local person=$1 before
    shift
    if [[ ! -e $SOFTWARE_KEY ]]; then
        echo "not tried: there is no $SOFTWARE_KEY (Debian's package openssh-tests)"
        exit 0
    fi
    printf '#!/bin/sh\necho 1234\n' >"$GROUND/pin"
    chmod 755 "$GROUND/pin"
    export SSH_SK_PROVIDER=$SOFTWARE_KEY SSH_ASKPASS=$GROUND/pin SSH_ASKPASS_REQUIRE=force
    before=$(cat "$KEYS/$person.pub")
    rm "$KEYS/$person" "$KEYS/$person.pub"
    ssh-keygen -q -t ed25519-sk -N '' -C "$person" -f "$KEYS/$person" "$@"
    policy "s|$before|$(cat "$KEYS/$person.pub")|"
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

# codes: prints the finding codes that SAID names. What is wrong with a policy is none of them.
codes() {
    { sed -E 's/(error|warning)\[[a-z-]+\]//g' <<<"$SAID" | grep -oE '\[([a-z]+(-[a-z]+)+|vetoed|overridden)\]' || true; } | tr -d '[]' | sort -u
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
record() {
    unpushed "$@" --push origin
}

# unpushed PERSON COMMAND...: makes a record that stays in the clone.
RECORD=
SCREEN=
unpushed() {
    local person=$1
    shift
    try_out as "$person" "$PROGRAM" "$@" --repository acme/shop --key "$KEYS/$person" --yes --format json
    RECORD=$(sed -n 's/.*"ref": *"\([^"]*\)".*/\1/p' <<<"$SAID")
    if [[ -z $RECORD ]]; then
        SAID=$SCREEN
        complain 'no record was made'
    fi
}

# statement RECORD: prints what a record in the clone says, without its signatures.
statement() {
    work cat-file blob "$1" | sed -E 's/.*"payload": *"([^"]*)".*/\1/' | base64 -d
}

# forge KIND KEY...: makes a record by hand: the statement on standard input, signed with these keys for $PURPOSE. KIND is
# `sign-off` or `override`. The object is in FORGED, the ref that it belongs to in RECORD.
FORGED=
forge() {
    local kind=$1 type=application/vnd.in-toto+json purpose payload key signatures='' head
    shift
    purpose=${PURPOSE:-$kind@countersign}
    payload=$(cat)
    printf 'DSSEv1 %d %s %d %s' "${#type}" "$type" "$(printf %s "$payload" | wc -c)" "$payload" >"$GROUND/message"
    for key; do
        ssh-keygen -q -Y sign -n "$purpose" -f "$KEYS/$key" <"$GROUND/message" >"$GROUND/signature" 2>/dev/null
        signatures+=${signatures:+,}'{"keyid":"'$(ssh-keygen -l -f "$KEYS/$key" | cut -d' ' -f2)'","sig":"'
        signatures+=$(grep -v '^-' "$GROUND/signature" | tr -d '\n')'"}'
    done
    head=$(sed -E 's/.*"gitCommit": *"([0-9a-f]*)".*/\1/' <<<"$payload")
    FORGED=$(printf '{"payload":"%s","payloadType":"%s","signatures":[%s]}' \
        "$(printf %s "$payload" | base64 -w0)" "$type" "$signatures" | store blob)
    RECORD=refs/countersign/${kind}s/$head/$(sha256sum <"$GROUND/message" | cut -d' ' -f1)
}

# look PERSON COMMAND...: lets somebody read what they are about to sign, and sign nothing. What they see is in SAID.
look() {
    local person=$1
    shift
    try_out as "$person" "$PROGRAM" "$@" --repository acme/shop --key "$KEYS/$person"
    SAID=$SCREEN
    if [[ $SAID != *'You are about to'* ]]; then complain 'nothing was shown'; fi
}

# run_shown LABEL: runs the command that a screen in SAID shows beside this label. What it prints is in SAID then.
run_shown() {
    local command
    command=$(sed -n "s/^ *$1 *//p" <<<"$SAID")
    if [[ -z $command ]]; then complain "no command is shown beside \`$1\`"; fi
    SAID=$(cd "$WORK" && env GIT_PAGER=cat sh -c "$command")
}

# signs_nothing PERSON COMMAND...: somebody cannot sign, although they agree. What they are told is in SAID.
signs_nothing() {
    local person=$1 before
    shift
    before=$(work for-each-ref refs/countersign/)
    try_out as "$person" "$PROGRAM" "$@" --repository acme/shop --key "$KEYS/$person" --yes
    SAID=$SCREEN
    ended 4
    equal "$(work for-each-ref refs/countersign/)" "$before"
}

# reword PERSON SED...: changes what the last record says by a sed program, and signs that as the program would, with
# stock tools and somebody's key. Only the clone has the new record. Its ref is in RECORD.
reword() {
    local person=$1 kind=application/vnd.in-toto+json namespace=sign-off@countersign place=$GROUND/reworded signature
    shift
    if [[ $RECORD == refs/countersign/overrides/* ]]; then namespace=override@countersign; fi
    mkdir -p "$place"
    work cat-file blob "$RECORD" | sed 's/.*"payload": *"\([^"]*\)".*/\1/' | base64 -d >"$place/before"
    sed "$@" "$place/before" | tr -d '\n' >"$place/statement"
    if cmp -s "$place/before" "$place/statement"; then complain 'the record says the same'; fi
    {
        printf 'DSSEv1 %d %s %d ' "${#kind}" "$kind" "$(wc -c <"$place/statement")"
        cat "$place/statement"
    } >"$place/signed"
    rm -f "$place/signed.sig"
    ssh-keygen -q -Y sign -n "$namespace" -f "$KEYS/$person" "$place/signed" 2>/dev/null
    signature=$(grep -v -e - "$place/signed.sig" | tr -d '\n')
    RECORD=${RECORD%/*}/$(sha256sum "$place/signed" | cut -d' ' -f1)
    work update-ref "$RECORD" "$(printf '{"payload":"%s","payloadType":"%s","signatures":[{"keyid":"%s","sig":"%s"}]}' \
        "$(base64 -w0 "$place/statement")" "$kind" "$(ssh-keygen -lf "$KEYS/$person.pub" | cut -d' ' -f2)" \
        "$signature" | store blob)"
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

# policy_in_repository: lets the gate read its policy from a branch of the repository, and checks out that branch.
POLICY_REF=refs/heads/policy
policy_in_repository() {
    work checkout -q -b policy
    numbered 1
    work push -q origin policy
    server config countersign.policyRef "$POLICY_REF:countersign.yaml"
    server config --unset countersign.policy
    work fetch -q origin
}

# numbered SERIAL [SED...]: commits the policy of the ground with this serial, changed by a sed program.
numbered() {
    local serial=$1
    shift
    sed -e "s/^version: 1/&\nserial: $serial/" "$@" "$POLICY" >"$WORK/countersign.yaml"
    work add -A
    work commit -q -m 'Change the policy'
    HEAD=$(work rev-parse HEAD)
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

# away: makes a clone on another machine, which has the gate's archive and public key and nothing else of it; or fetches
# what is new.
AWAY=$GROUND/away
away() {
    if [[ ! -d $AWAY ]]; then
        git clone -q "file://$SERVER" "$AWAY"
        server config --add uploadpack.hideRefs '!refs/countersign/archive'
    fi
    git -C "$AWAY" fetch -q origin '+refs/heads/*:refs/remotes/origin/*' refs/countersign/archive:refs/countersign/archive
}

# deploy_away COMMIT [OPTION...]: asks there whether a commit may go to production.
deploy_away() {
    local commit=$1
    shift
    try in_folder "$AWAY" "$PROGRAM" gate --environment production --to "$commit" --gate-key-public \
        "$(server config countersign.key).pub" --policy "$POLICY" --repository acme/shop "$@"
}

# verdict COMMIT [OPTION...]: lets the gate write its signed verdict on a deployment to $VERDICT.
VERDICT=$GROUND/verdict.json
verdict() {
    deploy "$@" --attest "$VERDICT"
}

# verify COMMIT [OPTION...]: asks, with nothing but the gate's public key, whether $VERDICT lets a commit go to production.
verify() {
    local commit=$1
    shift
    try "$PROGRAM" verify "$VERDICT" --gate-key "$(server config countersign.key).pub" --subject "$commit" \
        --repository acme/shop --environment production --format json "$@"
}

# verified: the verdict was believed.
verified() {
    expected
    if [[ $STATUS != 0 ]]; then complain 'the verdict was not believed'; fi
}

# doubted CODE: the verdict was not believed, for this reason.
doubted() {
    expected
    if [[ $STATUS != 1 ]]; then complain "the verdict was believed, or could not be read: $STATUS"; fi
    if [[ $SAID != *"\"code\":\"$1\""* ]]; then complain "\`$1\` is not the reason"; fi
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
    COUNTERSIGN_USER=root in_folder "$SERVER" "$PROGRAM" "$@"
}

# in_folder FOLDER COMMAND...: runs a command somewhere.
in_folder() {
    (cd "$1" && "${@:2}")
}

# --- programs of the attacker's -----------------------------------------------------------------------

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

# --- looking after the gate -------------------------------------------------------------------------

# check_up [OPTION...]: looks for every way around the gate, as its administrator does daily.
check_up() {
    try at_the_server "$PROGRAM" doctor --sshd-config none --authorized-keys none --format json "$@"
}

# at_the_server COMMAND...: runs a command in the server's repository, as nobody who pushes.
at_the_server() {
    (cd "$SERVER" && "$@")
}

# finds WEIGHT:CODE...: the check-up found exactly this, besides what the small policy of the ground leaves open: one
# release manager, and no touch.
finds() {
    expected
    local found
    # A repair comes first, in words.
    found=$(grep '^{"findings":' <<<"$SAID" | grep -oE '\{"code":[^{}]*\}' |
        sed -nE 's/.*"code":"([^"]*)".*"weight":"(hole|unknown|remark)".*/\2:\1/p' |
        grep -vxE 'remark:(override-tight|presence-not-asked)' || true)
    if [[ $SAID != *'{"findings":'* ]]; then complain 'there was no check-up'; fi
    same_codes "$(sort -u <<<"$found")" "$@"
    case " $*" in *" hole:"*) ended 1 ;; *" unknown:"*) ended 4 ;; *) ended 0 ;; esac
}

# --- the ledger's file ------------------------------------------------------------------------------

# sql STATEMENT [FILE]: runs SQL on the ledger's database, as whoever can write its file does.
sql() {
    local file=${2:-$LEDGER}
    if command -v sqlite3 >/dev/null; then
        sqlite3 -bail "$file" "$1"
    else
        python3 -c 'if 1:
            import sqlite3, sys
            with sqlite3.connect(sys.argv[1]) as database:
                for row in database.execute(sys.argv[2]):
                    print(*row, sep="|")' "$file" "$1"
    fi
}

# entry KIND: prints the number of the last entry of a kind, or nothing.
entry() {
    sql "SELECT max(number) FROM entry WHERE json ->> '\$.kind' = '$1'"
}

# audit [OPTION...]: checks the whole ledger, as an auditor does.
audit() {
    try on_server audit verify --format json "$@"
}

# sound: nothing was wrong with the ledger.
sound() {
    ended 0
    damaged ''
}

# damaged PROBLEM...: exactly this was wrong with the ledger; a problem that has an entry is NAME:ENTRY.
damaged() {
    expected
    local found
    found=$(grep -oE '\{[^{}]*"problem":[^{}]*\}' <<<"$SAID" |
        sed -E 's/.*"problem":"([^"]*)".*/\1 &/; s/^([^ ]*) .*"(entry|signed)":([0-9]+).*/\1:\3/; s/ .*//' || true)
    if [[ $SAID != *'"problems":'* ]]; then complain 'the ledger was not verified'; fi
    same_codes "$(sort -u <<<"$found")" "$@"
    if [[ -n $1 ]]; then ended 1; fi
}

# keep_ledger NAME: copies the ledger, with the log that belongs to it, and what the gate remembers.
keep_ledger() {
    mkdir "$GROUND/$1"
    cp -a "$SERVER/countersign/." "$GROUND/$1"
}

# put_back NAME [FILE...]: puts files of a kept ledger back; by default the database.
put_back() {
    local name=$1 file
    shift
    for file in "${@:-ledger.sqlite}"; do
        if [[ $file == ledger.sqlite ]]; then rm -f "$LEDGER" "$LEDGER-wal" "$LEDGER-shm"; fi
        cp -a "$GROUND/$name/$file" "$SERVER/countersign/"
        if [[ $file == ledger.sqlite && -e $GROUND/$name/$file-wal ]]; then cp -a "$GROUND/$name/$file-wal" "$SERVER/countersign/"; fi
    done
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

export PROGRAM BASE HEAD PUSHER FORGED POLICY_REF AWAY VERDICT TRAP
open_ground
cd "$WORK"
# shellcheck source=/dev/null
source "$ATTACK"
if [[ $EXPECTATIONS == 0 ]]; then complain 'the attack expects nothing'; fi

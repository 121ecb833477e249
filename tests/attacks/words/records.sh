#!/usr/bin/env bash
# Sign-offs and overrides: made by the program, or by hand. Part of ground.sh, which reads it.
# shellcheck disable=SC2034  # what is set here is read elsewhere

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

# heap PERSON COUNT HEAD...: signs what is in the file `objection` COUNT times about each of these heads, each time with
# another comment, and prints where the records belong. The first of each head has the content of the objection, the
# others any. One process, for this is for heaps.
heap() {
    local person=$1
    shift
    python3 - "$KEYS/$person" "$GROUND" "$@" <<'END'
import base64, hashlib, json, os, subprocess, sys

key, ground, count, heads = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
kind = "application/vnd.in-toto+json"
fingerprint = subprocess.check_output(["ssh-keygen", "-l", "-f", key]).decode().split()[1]
records = []
for head in heads:
    for number in range(count):
        with open(f"{ground}/objection") as file:
            statement = json.load(file)
        digest = statement["subject"][0]["digest"]
        digest["gitCommit"] = head
        if number:
            digest["sha256"] = hashlib.sha256(f"{head} {number}".encode()).hexdigest()
        statement["predicate"]["comment"] = f"No {number}"
        payload = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
        path = f"{ground}/heap-{os.getpid()}-{len(records)}"
        with open(path, "wb") as file:
            file.write(message)
        records.append((head, path, payload, hashlib.sha256(message).hexdigest()))
paths = [path for _, path, _, _ in records]
for part in range(0, len(paths), 200):
    sign = ["ssh-keygen", "-q", "-Y", "sign", "-n", "sign-off@countersign", "-f", key]
    subprocess.run(sign + paths[part:part + 200], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
for _, path, payload, _ in records:
    with open(f"{path}.sig") as file:
        signature = "".join(line.strip() for line in file if not line.startswith("-"))
    envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": kind,
                "signatures": [{"keyid": fingerprint, "sig": signature}]}
    with open(f"{path}.json", "w") as file:
        json.dump(envelope, file, separators=(",", ":"))
store = ["git", "-C", f"{ground}/work", "hash-object", "-w", "--stdin-paths"]
listing = "".join(f"{path}.json\n" for path in paths).encode()
blobs = subprocess.run(store, input=listing, stdout=subprocess.PIPE, check=True).stdout.decode().split()
for blob, (head, _, _, name) in zip(blobs, records):
    print(f"{blob}:refs/countersign/sign-offs/{head}/{name}")
END
}

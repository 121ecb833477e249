#!/usr/bin/env bash
# Pushing, and what came of it. Part of ground.sh, which reads it.

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

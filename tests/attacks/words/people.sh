#!/usr/bin/env bash
# Who acts: people with keys, and what they are called. Part of ground.sh, which reads it.

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
# a security key, which signs without anybody there if it was made to. Where the machine has none, nothing was tried, and
# that is no success.
SOFTWARE_KEY=/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so
security_key() {
    local person=$1 before
    shift
    if [[ ! -e $SOFTWARE_KEY ]]; then
        echo "not tried: there is no $SOFTWARE_KEY (Debian's package openssh-tests)" >&2
        exit 2
    fi
    printf '#!/bin/sh\necho 1234\n' >"$GROUND/pin"
    chmod 755 "$GROUND/pin"
    export SSH_SK_PROVIDER=$SOFTWARE_KEY SSH_ASKPASS=$GROUND/pin SSH_ASKPASS_REQUIRE=force
    before=$(cat "$KEYS/$person.pub")
    rm "$KEYS/$person" "$KEYS/$person.pub"
    ssh-keygen -q -t ed25519-sk -N '' -C "$person" -f "$KEYS/$person" "$@"
    policy "s|$before|$(cat "$KEYS/$person.pub")|"
}

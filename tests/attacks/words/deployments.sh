#!/usr/bin/env bash
# Asking for deployments, and verdicts that travel. Part of ground.sh, which reads it.

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

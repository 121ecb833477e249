#!/usr/bin/env bash
# Looking after the gate. Part of ground.sh, which reads it.

# check_up [OPTION...]: looks for every way around the gate, as its administrator does daily.
check_up() {
    try at_the_server "$PROGRAM" doctor --sshd-config /dev/null --authorized-keys /dev/null --format json "$@"
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

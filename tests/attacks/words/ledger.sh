#!/usr/bin/env bash
# The ledger's file, as whoever can write it changes it. Part of ground.sh, which reads it.

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

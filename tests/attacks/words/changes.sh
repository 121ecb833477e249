#!/usr/bin/env bash
# Making commits and other objects. Part of ground.sh, which reads it.
# shellcheck disable=SC2034  # what is set here is read elsewhere

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

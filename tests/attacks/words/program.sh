#!/usr/bin/env bash
# The program itself, run as an administrator. Part of ground.sh, which reads it.

# on_server COMMAND...: runs the program in the server's repository, as its administrator.
on_server() {
    COUNTERSIGN_USER=root in_folder "$SERVER" "$PROGRAM" "$@"
}

# in_folder FOLDER COMMAND...: runs a command somewhere.
in_folder() {
    (cd "$1" && "${@:2}")
}

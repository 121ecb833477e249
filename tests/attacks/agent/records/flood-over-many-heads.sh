# attack:  heaps up records about each of several commits, or about invented ones with the content of somebody's, with an
#          enrolled key, so that what contains them can never land or be deployed
# defense: where there are more than 1,024 records about a change, those of each key are heard by turns

# flood COUNT HEAD...: pushes what Ada heaps up.
flood() {
    local specs
    mapfile -t specs < <(heap ada "$@")
    push "${specs[@]}"
    landed "${specs[-1]#*:}" "${specs[-1]%%:*}"
}
in_production "$BASE"
for number in {1..17}; do commit bob "$KIRO"$'\n\n'"$number"; done
sign_off grace "$BASE..HEAD"
push_as bob
landed
# Ada may sign nothing off, for she holds no role. But she is on the roster.
unpushed ada sign-off "$BASE..HEAD" --target "$MAIN" --decision reject
statement "$RECORD" >"$GROUND/objection"
mapfile -t heads < <(work rev-list "$BASE..HEAD")
flood 63 "${heads[@]}"
deploy main
deployment_permitted
# An objection by somebody who may object is heard nevertheless.
record barbara sign-off "$BASE..HEAD" --target "$MAIN" --decision reject
deploy main
deployment_refused vetoed
# Of invented commits, the last record with the content of somebody's.
commit bob "$KIRO"
unpushed ada sign-off "HEAD~1..HEAD" --target "$MAIN"
statement "$RECORD" >"$GROUND/objection"
mapfile -t heads < <(for number in {1..17}; do sha1sum <<<"$number" | cut -d' ' -f1; done)
flood 63 "${heads[@]}"
work commit -q --amend -m "$KIRO"$'\n\nAgain'
sign_off grace HEAD~1..HEAD
push_as bob
landed

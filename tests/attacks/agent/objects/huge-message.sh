# attack:  writes a message so long that nobody can read it, or that reading ends before the trailer
# defense: limits; beyond them `limit-exceeded`
# also:    tests/push_objects.rs::a_message_above_the_limit_is_refused
# also:    tests/push_objects.rs::a_message_of_a_hundred_megabytes_is_refused

commit ada 'Sort the shelves'
long() {
    work cat-file commit HEAD
    head -c "$1" /dev/zero | tr '\0' ' '
    printf '\nCo-authored-by: Kiro <kiro@amazon.com>\n'
}
for size in 1100000 30000000; do
    HEAD=$(long "$size" | store commit)
    push "$HEAD:$MAIN"
    refused limit-exceeded facts-unknown sign-off-missing
done
HEAD=$(long 1000000 | store commit)
push "$HEAD:$MAIN"
refused sign-off-missing
says Kiro

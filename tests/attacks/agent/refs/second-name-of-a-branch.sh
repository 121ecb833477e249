# attack:  pushes through a symbolic ref that stands for a guarded branch, directly or over another one; or to the server's HEAD
# defense: `ref-shadowed`; what moves is known by what the name stands for
# also:    tests/push_refs.rs::another_name_for_main_is_refused

server symbolic-ref refs/heads/alias "$MAIN"
server symbolic-ref refs/heads/detour refs/heads/alias
server symbolic-ref refs/custom/alias "$MAIN"
commit ada "$KIRO"
for name in refs/heads/alias refs/heads/detour refs/custom/alias; do
    push "HEAD:$name"
    refused ref-shadowed sign-off-missing
    push ":$name"
    refused ref-shadowed ref-deleted
done
push HEAD:HEAD
stopped 'HEAD'
sign_off grace "origin/main..$HEAD"
push
landed

# attack:  commits programs called `git` and `ssh-keygen`, and hooks, where a pipeline's or a server's search path leads into
#          the work tree
# defense: programs are looked for in full paths only, and none is run from what was pushed

mkdir -p "$WORK/.githooks"
for name in git ssh-keygen sh .githooks/pre-receive countersign; do cp "$TRAP" "$WORK/$name"; done
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
landed
in_production "$BASE"
away
git -C "$AWAY" checkout -q origin/main
key=$(server config countersign.key).pub
for path in ".:$PATH" ":$PATH" "./.:$PATH"; do
    # Of the second one git has to be asked what it means.
    for candidate in HEAD HEAD~0; do
        try in_folder "$AWAY" env PATH="$path" "$PROGRAM" gate --environment production --to "$candidate" \
            --gate-key-public "$key" --policy "$POLICY" --repository acme/shop
        deployment_permitted
    done
done
nothing_ran
try in_folder "$AWAY" env PATH=".:$PATH" git status
ran

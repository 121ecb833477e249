# attack:  buries one dangerous file under hundreds of harmless ones, or in commits that undo each other
# defense: the most dangerous paths come first, the rest is counted, and commits that change nothing together are pointed at
# also:    tests/push_screen.rs::the_most_dangerous_paths_come_first_and_the_rest_is_counted
# also:    tests/push_screen.rs::commits_that_change_nothing_together_are_pointed_at

for number in {1..300}; do
    mkdir -p "$WORK/a$number"
    echo all: >"$WORK/a$number/Makefile"
done
mkdir -p "$WORK/z/.github"
printf 'locals {}\n' >"$WORK/z/deploy.tf"
commit ada "$KIRO" .github/workflows/z.yml 'on: push'
look grace sign-off "$BASE..HEAD" --target "$MAIN"
says 'changes 302 paths'
says '… and 292 more paths'
first=$(grep -m2 '^  careful' <<<"$SAID")
for path in .github/workflows/z.yml z/deploy.tf; do
    if [[ $first != *"$path"* ]]; then complain "$path does not come first"; fi
done
says '… and 292 more such paths'

work reset -q --hard "$BASE"
commit ada "$KIRO" till 'let me in'
work revert --no-edit HEAD
look grace sign-off "$BASE..HEAD" --target "$MAIN"
says 'careful the commits change nothing together'
run_shown 'each commit'
says '+let me in'
push
refused sign-off-missing
says 'change nothing together'

# attack:  grants itself something in the document that stands in the repository beside the policy on the server: people, roles,
#          another override, a gate of the same name
# defense: the document adds gates and nothing else, and the gates of both are asked; `policy-invalid`
# also:    tests/push_combined.rs::the_document_can_grant_nobody_anything
# also:    tests/push_combined.rs::the_gates_of_both_must_be_satisfied
# also:    tests/push_combined.rs::loosening_the_document_needs_its_owner_and_leaves_the_files_gates
# also:    tests/push_combined.rs::without_one_of_both_nothing_lands

document() {
    printf 'version: 1\nserial: %s\n' "$1"
    printf 'gates:\n  - name: %s\n    refs: ["%s"]\n    when: { paths: ["infra/**"] }\n    require: [{ role: release-manager }]\n' \
        "$2" "$3"
}
commit_document() {
    cat >"$WORK/countersign.yaml"
    commit ada 'Change the policy' notes
}
work checkout -q -b policy
commit_document < <(document 1 infrastructure "$MAIN")
work push -q origin policy
work fetch -q origin
server config countersign.policyRef "$POLICY_REF:countersign.yaml"
start=$HEAD
for more in 'people: { ada: { name: Ada Byron } }' 'roles: { senior: { people: [ada] } }' 'override: { role: senior }' \
    'sign-offs: { veto: false }' 'authorship: { committer-only: unmarked }' 'contributors: { unknown: allow }' \
    'protect: { delete: allow }' 'agents: {}' 'limits: { seconds: 0 }'; do
    commit_document < <(document 2 infrastructure "$MAIN"; echo "$more")
    record dana sign-off "$start..$HEAD" --target "$POLICY_REF"
    push "HEAD:$POLICY_REF"
    refused policy-invalid
    work reset -q --hard "$start"
done
commit_document < <(document 2 "agent's change" refs/heads/none)
record dana sign-off "$start..$HEAD" --target "$POLICY_REF"
push "HEAD:$POLICY_REF"
refused policy-invalid
work reset -q --hard "$start"

# Its own gate may go away with its owner's word; the server's stays.
work checkout -q main
work reset -q --hard "$BASE"
commit ada "$KIRO" infra/limit
sign_off grace "origin/main..$HEAD"
push
refused sign-off-missing role-missing
work checkout -q policy
commit_document < <(document 2 infrastructure refs/heads/none)
push "HEAD:$POLICY_REF"
refused policy-change
record dana sign-off "$start..$HEAD" --target "$POLICY_REF"
push "HEAD:$POLICY_REF"
landed "$POLICY_REF"
push "main:$MAIN"
landed "$MAIN" "$(work rev-parse main)"
work checkout -q main
work fetch -q origin
commit ada "$KIRO"
push
refused sign-off-missing

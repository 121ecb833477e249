# attack:  puts something in the policy's place that nobody reads like a file: a link, a folder, another repository, nothing,
#          megabytes, two documents, a word that means "no"; with its owner's signature
# defense: what does not load as a policy does not become one; `policy-invalid`
# also:    tests/push_policy.rs::a_policy_that_does_not_load_is_refused
# also:    tests/push_policy.rs::an_override_makes_no_bad_policy_good

policy_in_repository
gentle() { printf 'version: 1\nserial: 2\ngates: [{ name: none, refs: ["refs/heads/none"] }]\n'; }
gentle >"$GROUND/gentle.yaml"
start=$HEAD
offer() {
    work commit -q -m "Change the policy: $1"
    HEAD=$(work rev-parse HEAD)
    record dana sign-off "$start..$HEAD" --target "$POLICY_REF"
    push "HEAD:$POLICY_REF"
    refused policy-invalid
    record dana override "$start..$HEAD" --target "$POLICY_REF" --reason "$REASON"
    push "HEAD:$POLICY_REF"
    refused policy-invalid
    work reset -q --hard "$start"
}
entry() { work update-index --add --cacheinfo "$1,countersign.yaml"; }

work rm -q --cached countersign.yaml
offer 'nothing'
entry "120000,$(printf %s "$GROUND/gentle.yaml" | store blob)"
offer 'a link out of the repository'
work update-index --add --cacheinfo "100644,$(gentle | store blob),other.yaml"
entry "120000,$(printf other.yaml | store blob)"
offer 'a link to another file'
entry "160000,$start"
offer 'another repository'
work rm -q --cached countersign.yaml
work update-index --add --cacheinfo "100644,$(gentle | store blob),countersign.yaml/countersign.yaml"
offer 'a folder'
for text in '' 'gates: no' $'version: 1\nserial: 2\ngates: *all' "$(gentle)"$'\ngates: []' "$(gentle)"$'\n---\n'"$(gentle)" \
    $'version: 1\nserial: 99999999999999999999\ngates: []' $'version: 1\nserial: 2\nGates: []'; do
    entry "100644,$(printf '%s\n' "$text" | store blob)"
    offer 'no policy'
done
entry "100644,$({ gentle; head -c 1100000 /dev/zero | tr '\0' '#'; } | store blob)"
offer 'too much'

# The file alone, as an executable, is the one that it was.
work checkout -q main
commit ada "$KIRO"
push
refused sign-off-missing

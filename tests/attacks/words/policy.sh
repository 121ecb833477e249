#!/usr/bin/env bash
# The policy in force, and changes to it. Part of ground.sh, which reads it.
# shellcheck disable=SC2034  # what is set here is read elsewhere

# policy SED...: changes the policy in force by a sed program, as its administrator does.
policy() {
    local before
    before=$(cat "$POLICY")
    sed -i "$@" "$POLICY"
    if [[ $before == "$(cat "$POLICY")" ]]; then complain 'the policy did not change'; fi
}

# policy_adds: appends standard input to the policy in force.
policy_adds() {
    cat >>"$POLICY"
}

# policy_of_the_ground: prints the policy that every attack begins with.
policy_of_the_ground() {
    cat <<END
version: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada }, keys: ["$(cat "$KEYS/ada.pub")"] }
  bob: { name: Bob Developer, emails: [bob@example.com], accounts: { plain: bob }, keys: ["$(cat "$KEYS/bob.pub")"] }
  grace:
    name: Grace Hopper
    emails: [grace@example.com, hopper@home.example.com]
    accounts: { plain: grace, github: { login: amazing-grace, id: 42 } }
    keys: ["$(cat "$KEYS/grace.pub")"]
  barbara: { name: Barbara Liskov, emails: [barbara@example.com], accounts: { plain: barbara }, keys: ["$(cat "$KEYS/barbara.pub")"] }
  dana: { name: Dana Scully, emails: [dana@example.com], accounts: { plain: dana }, keys: ["$(cat "$KEYS/dana.pub")"] }
roles:
  senior: { people: [grace, barbara] }
  release-manager: { people: [dana] }
agents:
  acme-fixer: { names: ["Acme Fixer"], accounts: { plain: fixer } }
robots:
  acme-release: { emails: [release-bot@acme.example], accounts: { plain: releasebot } }
gates:
  - name: agent's change
    refs: ["refs/heads/main", "refs/heads/release/**", "refs/tags/v*"]
    environments: [production, "prod-*"]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
END
}

# policy_in_repository: lets the gate read its policy from a branch of the repository, and checks out that branch.
POLICY_REF=refs/heads/policy
policy_in_repository() {
    work checkout -q -b policy
    numbered 1
    work push -q origin policy
    server config countersign.policyRef "$POLICY_REF:countersign.yaml"
    server config --unset countersign.policy
    work fetch -q origin
}

# numbered SERIAL [SED...]: commits the policy of the ground with this serial, changed by a sed program.
numbered() {
    local serial=$1
    shift
    sed -e "s/^version: 1/&\nserial: $serial/" "$@" "$POLICY" >"$WORK/countersign.yaml"
    work add -A
    work commit -q -m 'Change the policy'
    HEAD=$(work rev-parse HEAD)
}

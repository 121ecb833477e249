"""The policies to measure with: 60 people, and gates like those of the sample policy."""

from . import texts

_LIMITS = "limits: { commits: 100000, message-bytes: 1048576, seconds: 300 }\n"


def _people():
    lines = ["people:"]
    for name, address in texts.people():
        key = identifier(name)
        lines.append(f"  {key}: {{ name: {name}, emails: [{address}], accounts: {{ plain: {key} }} }}")
    seniors = ", ".join(identifier(name) for name, _ in texts.people()[:8])
    lines += ["roles:", f"  senior: {{ people: [{seniors}] }}", "  release-manager: { people: [%s] }" % _manager()]
    return "\n".join(lines) + "\n"


def identifier(name):
    """Returns a person's id in the policies."""
    return name.lower().replace(" ", "-")


def _manager():
    return identifier(texts.people()[9][0])


def _policy(gates):
    return "version: 1\n" + _people() + "gates:\n" + gates + _LIMITS


def judging():
    """Asks for a senior where an agent had a part: the messages decide."""
    return _policy(
        "  - { name: agent's change, refs: [refs/heads/main], when: { authorship-at-least: assisted },"
        " require: [{ role: senior }] }\n"
    )


def with_paths():
    """Asks for a senior where an agent had a part in something that runs: messages and paths decide."""
    return _policy(
        "  - { name: agent's change, refs: [refs/heads/main], when: { authorship-at-least: assisted,"
        ' paths: ["src/**", "lib/**", "services/**", "**/*.sql", "deploy/**"] }, require: [{ role: senior }] }\n'
    )


def deploying(key):
    """As `permitting`, and before production, too: what landed is cleared there. A manager who has no part in the
    history, and this public key, says where a production begins."""
    text = permitting().replace("refs: [refs/heads/main],", "refs: [refs/heads/main], environments: [production],")
    stranger = f"  dana: {{ name: Dana Scully, emails: [dana@example.com], accounts: {{ plain: dana }}, keys: [{key}] }}\n"
    return text.replace("roles:\n", stranger + "roles:\n").replace(f"people: [{_manager()}]", "people: [dana]")


def permitting():
    """Judges everything as `judging` does, and asks nobody: so that a push lands and can be compared with one
    that nothing judges."""
    return _policy(
        "  - { name: agent's change, refs: [refs/heads/main], when: { authorship-at-least: assisted }, require: [] }\n"
        "  - { name: everything, refs: [refs/heads/main], require: [] }\n"
    )

"""A server that gives its hooks five seconds: 1,000 signed commits on a topic, 50 sign-offs, and a gate that asks for
all of them."""

import subprocess
import time

from . import pushes, repositories
from .repositories import git

COMMITS = 1_000
SIGNERS = 50


def prepare(folder, binary, environ):
    """Makes the server, with everything pushed but the last step. Returns its folder, the base and the head."""
    folder.mkdir()
    server, client = folder / "budget.git", folder / "client"
    git(folder, "init", "-q", "--bare", "-b", "main", str(server))
    git(folder, "init", "-q", "-b", "main", str(client))
    keys = [_key(folder, f"senior{number}") for number in range(SIGNERS)]
    author = _key(folder, "ada")
    base = _commit(client, None, "Open the shop", author)
    git(client, "push", "-q", str(server), f"{base}:refs/heads/main")
    policy = folder / "policy.yaml"
    policy.write_text(_policy(keys), encoding="utf-8")
    pushes.install(server, binary, policy, folder)
    head = base
    for number in range(COMMITS):
        head = _commit(client, head, f"Sort shelf {number}\n\nCo-authored-by: Kiro <kiro@amazon.com>", author)
    git(client, "update-ref", "refs/heads/main", head)
    _push(client, server, "ada", f"{head}:refs/heads/topic")
    for key in keys:
        command = [binary, "sign-off", f"{base}..{head}", "--target", "refs/heads/main", "--repository", "acme/shop",
                   "--key", str(key), "--yes"]
        subprocess.run(command, cwd=client, env=environ, check=True, capture_output=True)
        # Within one second they would sign the same words, and share a record.
        time.sleep(1)
    _push(client, server, "ada", "refs/countersign/sign-offs/*:refs/countersign/sign-offs/*")
    (folder / "updates").write_text(f"{base} {head} refs/heads/main\n", encoding="utf-8")
    return server, base, head


def _key(folder, name):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)], check=True)
    return folder / name


def _commit(client, parent, message, key):
    """Makes a commit with a signature of its own, on the empty tree."""
    who = {f"GIT_{part}_{what}": value for part in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "Ada Byron"), ("EMAIL", "ada@example.com"), ("DATE", "1790000000 +0000"))}
    tree = git(client, "hash-object", "-w", "-t", "tree", "/dev/null")
    parents = ["-p", parent] if parent else []
    return git(client, "-c", "gpg.format=ssh", "-c", f"user.signingKey={key}.pub", "commit-tree", "-S", tree, *parents,
               "-m", message, environ=who)


def _push(client, server, account, refspec):
    environ = {**repositories.environment(client), "COUNTERSIGN_USER": account}
    subprocess.run(["git", "push", "-q", str(server), refspec], cwd=client, env=environ, check=True, capture_output=True)


def _policy(keys):
    people = ["  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada } }"]
    for key in keys:
        public = key.with_suffix(".pub").read_text(encoding="utf-8").strip()
        people.append(f'  {key.name}: {{ name: "{key.name}", keys: ["{public}"] }}')
    names = ", ".join(key.name for key in keys)
    return "\n".join([
        "version: 1", "people:", *people, "roles:", f"  senior: {{ people: [{names}] }}",
        f"  release-manager: {{ people: [{keys[0].name}] }}", "gates:", "  - name: agent's change",
        '    refs: ["refs/heads/main"]', "    when: { authorship-at-least: assisted }",
        f"    require: [{{ role: senior, count: {len(keys)} }}]", "",
    ])

"""Real pushes to a bare repository over file://, with and without the gate.

After each push the server's folder is put back as it was (outside of the measurement), so that every push finds the
same repository, the same refs and the same ledger, and sends objects that are new there.
"""

import subprocess

from . import policies, repositories, texts
from .measure import Side
from .repositories import git

PUSHER = policies.identifier(texts.people()[10][0])


class Server:
    """A bare repository that can be put back as it was."""

    def __init__(self, place):
        self.place = place
        self.kept = {}

    def remember(self):
        """Takes down what is there now. Packs never change, so only the rest is kept."""
        for path in self._files():
            stat = path.stat()
            content = None if path.suffix in (".pack", ".idx", ".rev") else path.read_bytes()
            self.kept[path] = (stat.st_size, stat.st_mtime_ns, content)

    def put_back(self):
        """Removes what came and restores what was changed."""
        there = set(self._files())
        for path in there - self.kept.keys():
            path.unlink()
        for path, (size, modified, content) in self.kept.items():
            if path in there:
                stat = path.stat()
                if (stat.st_size, stat.st_mtime_ns) == (size, modified):
                    continue
            mode = path.stat().st_mode if path in there else 0o644
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(mode)
            stat = path.stat()
            self.kept[path] = (stat.st_size, stat.st_mtime_ns, content)

    def _files(self):
        return [path for path in self.place.rglob("*") if path.is_file() and not path.is_symlink()]


def servers(folder, origin, binary, policy):
    """Returns five servers: with the gate, without hooks, with hooks that only exit, as git is by default, and with the
    gate watching each ref that moves.

    All but the fourth have the same settings: `install` also makes git check what it receives, and that is a cost of
    its own, which the fourth one shows.
    """
    names = ("gate", "no hook", "exit", "as it comes", "watching")
    made = {name: Server(folder / f"{name.replace(' ', '-')}.git") for name in names}
    for server in made.values():
        repositories.copy(origin, server.place)
        for hook in (server.place / "hooks").glob("*"):
            hook.unlink()
    gate = made["gate"].place
    install(gate, binary, policy, folder)
    install(made["watching"].place, binary, policy, folder, "--watch-refs")
    for hook in ("pre-receive", "post-receive"):
        (made["exit"].place / "hooks" / hook).symlink_to("/bin/true")
    for name in ("no hook", "exit"):
        for line in git(gate, "config", "--local", "--get-regexp", r"^(receive|transfer)\.").splitlines():
            key, value = line.split(" ", 1)
            git(made[name].place, "config", "--replace-all" if key != "transfer.hiderefs" else "--add", key, value)
    for server in made.values():
        server.remember()
    return made


def install(place, binary, policy, home, *more):
    """Installs the gate as the documentation says."""
    (place / "hooks").mkdir(exist_ok=True)
    command = [str(binary), "install", str(place), "--policy", str(policy), "--repository", "acme/shop",
               "--server", "plain", *more]
    done = subprocess.run(command, env=repositories.environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stdout.decode()}")


def sides(client, made, commits):
    """Returns one side for each server; each pushes the same commits in the same order, one a round."""
    environ = {**repositories.environment(client), "COUNTERSIGN_USER": PUSHER}
    return [_side(name, client, server, environ, iter(commits)) for name, server in made.items()]


def _side(name, client, server, environ, queue):
    ref = f"refs/bench/{server.place.stem}"

    def before():
        server.put_back()
        git(client, "update-ref", ref, next(queue))

    command = ("git", "push", "-q", f"file://{server.place}", f"{ref}:refs/heads/main")
    return Side(name, command, str(client), environ, before=before)


def single_commits(client, head, count):
    """Makes so many commits on top of the head, each of which changes two files, and returns their ids."""
    author = "%s <%s>" % texts.people()[10]
    marks, lines = client / "marks", []
    for number in range(1, count + 1):
        message = f"Order the invoices by date, take {number}\n\nThey came in the order in which they were stored.\n"
        lines.append(f"commit refs/bench/made\nmark :{number}\nauthor {author} {1_790_000_000 + number} +0000\n"
                     f"committer {author} {1_790_000_000 + number} +0000\ndata {len(message)}\n{message}from {head}\n")
        for path in ("src/pushed/first.rs", "docs/pushed.md"):
            text = f"line {number}\n" * 20
            lines.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n")
        lines.append("\n")
    git(client, "fast-import", "--quiet", "--force", f"--export-marks={marks}", input="".join(lines).encode())
    git(client, "update-ref", "-d", "refs/bench/made")
    ids = dict(line.split() for line in marks.read_text().splitlines())
    return [ids[f":{number}"] for number in range(1, count + 1)]

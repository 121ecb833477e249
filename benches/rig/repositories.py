"""The repositories to measure in, made once and kept in a cache folder.

    graph.git   everything packed, with git's default commit-graph
    none.git    the same without a commit-graph
    loose.git   the newest 10,000 commits arrived by a push and lie loose; the graph knows the older ones
    base.git    without the newest 10,000: what a large push is made to
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from . import history, texts

# The ids of the full history. A generator that gives other ones is another generator: its figures cannot be compared.
PINNED = {
    "main": "965b2ff0580a82160284b97b738cd951f29ec6de",
    "1": "1dc869a9a920fe0c77f15289df93cdadadab7e3f",
    "1000": "7492a025856c6c49ebe750eeb14c0ab1961a030c",
    "10000": "61ead97e20d3b6dfdf1739e1cfbd5249fddbaf19",
    "59999": "1b99ec3c2414e30fcca9e3798c306037f7241377",
}

# Changes when what is made from the history changes, so that nothing old is taken from the cache.
LAYOUT = b"1"


def environment(home):
    """Returns an environment in which nothing of the person who runs this has a say."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }


def git(directory, *arguments, **options):
    """Runs git in a repository and returns what it prints."""
    environ = {**environment(directory), **options.pop("environ", {})}
    done = subprocess.run(
        ["git", "-C", str(directory), *arguments], env=environ, check=True, stdout=subprocess.PIPE, **options
    )
    return done.stdout.decode().strip()


def bare_at(origin, commit, place):
    """Makes a bare repository whose main is at a commit of another one, with what leads there."""
    _init(place)
    git(origin, "push", "-q", f"file://{place}", f"{commit}:refs/heads/main")


class Repositories:
    """The synthetic repositories, and the commits in them that ranges begin at."""

    synthetic = True

    def __init__(self, cache, commits, log):
        sources = b"".join(Path(module.__file__).read_bytes() for module in (history, texts))
        self.commits = commits
        self.log = log
        key = hashlib.sha256(sources + LAYOUT).hexdigest()[:12]
        self.folder = Path(cache).resolve() / f"history-{commits}-{key}"
        self.variants = {name: self.folder / f"{name}.git" for name in ("graph", "none", "loose")}
        self.base = self.folder / "base.git"

    def prepare(self):
        """Makes what is not there yet, and checks that it is the history that it ought to be."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make("graph", self._import)
        self._make("none", self._without_graph)
        self._make("base", self._without_newest)
        self._make("loose", self._push_loose)
        self.anchors = {int(name): oid for name, oid in map(str.split, self._anchor_lines())}
        self.head = git(self.variants["graph"], "rev-parse", "refs/heads/main")
        found = {"main": self.head, **{str(size): oid for size, oid in self.anchors.items()}}
        if self.commits == history.COMMITS and found != PINNED:
            raise SystemExit(f"this is not the pinned history: {found}")

    def _make(self, name, make):
        """Makes a repository under another name first, so that a half-made one is never taken for one."""
        final = self.folder / f"{name}.git"
        if final.exists():
            return
        self.log(f"making {final}")
        unfinished = self.folder / f"{name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        make(unfinished)
        unfinished.rename(final)

    def _anchor_lines(self):
        return (self.folder / "graph.git" / "anchors").read_text().splitlines()

    # --- the four of them -------------------------------------------------------------------------

    def _import(self, place):
        _init(place)
        marks = place / "marks"
        importing = subprocess.Popen(
            ["git", "-C", str(place), "fast-import", "--quiet", "--done", f"--export-marks={marks}"],
            env=environment(place),
            stdin=subprocess.PIPE,
        )
        with importing.stdin as stream:
            history.write_history(stream, self.commits)
        if importing.wait() != 0:
            raise SystemExit("git fast-import failed")
        ids = dict(line.split() for line in marks.read_text().splitlines())
        anchors = {size: ids[f":{self.commits - size}"] for size in history.ANCHORS if size < self.commits}
        anchors[self.commits - 1] = ids[":1"]
        for ref in git(place, "for-each-ref", "--format=%(refname)", "refs/import").split():
            git(place, "update-ref", "-d", ref)
        git(place, "pack-refs", "--all")
        git(place, "repack", "-adfq", "--depth=50")
        git(place, "commit-graph", "write", "--reachable")
        (place / "anchors").write_text("".join(f"{size} {oid}\n" for size, oid in anchors.items()))
        marks.unlink()

    def _without_graph(self, place):
        _copy(self.variants["graph"], place)
        graph = place / "objects" / "info" / "commit-graph"
        graph.unlink()

    def _without_newest(self, place):
        _init(place)
        git(place, "fetch", "-q", f"file://{self.variants['graph']}", "+refs/heads/base:refs/heads/base",
            "+refs/heads/base:refs/heads/main", environ={"GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "fetch.unpackLimit", "GIT_CONFIG_VALUE_0": "1"})
        git(place, "pack-refs", "--all")
        git(place, "repack", "-adq")
        git(place, "commit-graph", "write", "--reachable")

    def _push_loose(self, place):
        _copy(self.base, place)
        git(place, "config", "transfer.unpackLimit", "10000000")
        git(self.variants["graph"], "push", "-q", f"file://{place}", "refs/heads/main")


class RealRepository:
    """A repository that somebody brought. It is read in a copy, with and without a commit-graph."""

    synthetic = False

    def __init__(self, cache, path, log):
        self.path = Path(path).resolve()
        key = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        self.folder = Path(cache).resolve() / f"real-{key}"
        self.log = log
        self.base = None

    def prepare(self):
        """Copies the objects (by hard links where that works) and finds ranges of about the usual sizes."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.log(f"copying {self.path}")
        self.head = git(self.path, "rev-parse", "HEAD^{commit}")
        self.variants = {name: self.folder / f"{name}.git" for name in ("graph", "none")}
        for name, place in self.variants.items():
            _init(place, git(self.path, "rev-parse", "--show-object-format"))
            _borrow(self.path, place)
            git(place, "update-ref", "refs/heads/main", self.head)
            if name == "graph":
                git(place, "commit-graph", "write", "--reachable")
        place = self.variants["graph"]
        self.commits = int(git(place, "rev-list", "--count", "main"))
        self.anchors = {}
        first_parents = git(place, "rev-list", "--first-parent", "main").split()
        for wanted in history.ANCHORS:
            found = _anchor(place, first_parents, wanted)
            if found:
                self.anchors[found[0]] = found[1]
        root = first_parents[-1]
        self.anchors[int(git(place, "rev-list", "--count", f"{root}..main"))] = root


def _anchor(place, first_parents, wanted):
    """Returns the nearest first parent whose range to the head has at least the wanted size, with that size."""
    low, high = 1, len(first_parents) - 1
    if high < 1:
        return None
    while low < high:
        middle = (low + high) // 2
        if int(git(place, "rev-list", "--count", f"{first_parents[middle]}..main")) >= wanted:
            high = middle
        else:
            low = middle + 1
    size = int(git(place, "rev-list", "--count", f"{first_parents[low]}..main"))
    return (size, first_parents[low]) if size >= wanted else None


def _borrow(source, place):
    """Lets one repository read the objects of another, but not its commit-graph."""
    objects = Path(git(source, "rev-parse", "--git-path", "objects"))
    objects = objects if objects.is_absolute() else (source / objects).resolve()
    shutil.copytree(objects, place / "objects", dirs_exist_ok=True, copy_function=_link,
                    ignore=lambda folder, names: [n for n in names if n.startswith("commit-graph")])


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _copy(source, place):
    """Copies a bare repository; packs by hard link."""
    shutil.copytree(source, place, copy_function=_link_packs)


def _link_packs(source, target):
    (_link if "/objects/" in source else shutil.copy2)(source, target)


def copy(source, place):
    """Replaces `place` by a copy of a bare repository."""
    shutil.rmtree(place, ignore_errors=True)
    _copy(source, place)


def _init(place, object_format="sha1"):
    place.mkdir(parents=True)
    git(place, "init", "-q", "--bare", "--initial-branch=main", f"--object-format={object_format}", ".")
    for key, value in (("gc.auto", "0"), ("maintenance.auto", "false"), ("receive.autogc", "false")):
        git(place, "config", key, value)

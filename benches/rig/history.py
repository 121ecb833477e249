"""Writes a synthetic history as a `git fast-import` stream: the same bytes, so the same ids, each time.

    python3 benches/rig/history.py >stream && git init --bare x && git -C x fast-import <stream

60,000 commits by 60 people, 3,000 of them merges; each changes one to three of 20,000 paths; the messages have a
median of about 300 bytes; one in seven shows an agent in one of the forms seen in public histories.
The mark of a commit is its number, from 1. At every *anchor* all side branches are merged, so `anchor..main` holds
exactly as many commits as the anchor says.
"""

import sys
from dataclasses import dataclass, field

try:
    from . import texts
except ImportError:  # started as a program
    import texts

COMMITS = 60_000
SEED = 20_261_122
ANCHORS = (1, 1_000, 10_000)
START = 1_420_070_400  # 2015-01-01
_ZONES = ("+0000", "+0100", "-0500", "-0800", "+0530", "+0900")
_FIRST_FILES = 2_000


@dataclass
class Branch:
    """A side branch that is not merged yet."""

    base: int  # number of the commit on main where it began
    tip: int
    left: int  # commits to come before it is merged
    author: tuple
    name: str
    files: dict = field(default_factory=dict)  # path to its lines; None where it was deleted


class History:
    """Grows a history and writes it down on the way."""

    def __init__(self, out, commits, anchors):
        self.out = out
        self.commits = commits
        self.stops = sorted({commits - anchor for anchor in anchors if anchor < commits} | {commits})
        self.dice = texts.Dice(SEED)
        self.people = texts.people()
        self.unused = list(reversed(texts.paths(self.dice)))
        self.living = []  # paths on main, in the order of their creation
        self.files = {}  # path to lines, on main
        self.changed = {}  # path to the number of the commit that changed it last on main
        self.busy = set()  # paths that an open side branch has changed
        self.branches = []
        self.number = 0
        self.main = 0
        self.time = START
        self.pull_requests = 0

    def write(self):
        """Writes all of it, and two refs: main, and base 10,000 commits before it (or at its root)."""
        self.out.write(b"feature done\n")
        self.root()
        for stop in self.stops:
            while self.number < stop:
                self.step(stop - self.number)
        base = self.commits - ANCHORS[-1] if self.commits > ANCHORS[-1] else 1
        for name, mark in (("main", self.main), ("base", base)):
            self.out.write(b"reset refs/heads/%s\nfrom :%d\n\n" % (name.encode(), mark))
        self.out.write(b"done\n")

    # --- what happens next ------------------------------------------------------------------------

    def step(self, left):
        """Makes one commit. Nothing is begun that would not be merged before the next anchor."""
        closing = left <= len(self.branches) + 40
        ready = [b for b in self.branches if b.left == 0 or closing]
        if ready and (closing or self.dice.happens(400)):
            self.merge(ready[0])
        elif not closing and len(self.branches) < 6 and self.dice.happens(57):
            self.branches.append(self.begin())
        elif not closing and self.branches and self.dice.happens(400):
            self.advance(self.dice.pick(self.branches))
        else:
            self.direct()

    def root(self):
        """Makes the first commit, with the first files."""
        changes = {self.unused.pop(): self.fresh() for _ in range(_FIRST_FILES)}
        self.main = self.commit("commit", None, None, self.dice.pick(self.people), "Import the shop\n", changes)
        self.land(changes)

    def direct(self):
        """Makes a commit on main."""
        author = texts.ROBOT if self.dice.happens(20) else self.dice.pick(self.people)
        changes = self.changes(self.files, self.number)
        self.main = self.commit("main", self.main, None, author, self.dice.message(self.people, author), changes)
        self.land(changes)

    def begin(self):
        """Opens a side branch, with its first commit."""
        branch = Branch(self.main, self.main, 1 + self.dice.below(7), self.dice.pick(self.people), self.dice.topic())
        self.advance(branch)
        return branch

    def advance(self, branch):
        """Makes a commit on a side branch."""
        changes = self.changes({**self.files, **branch.files} if branch.files else self.files, branch.base)
        message = self.dice.message(self.people, branch.author)
        branch.tip = self.commit("side", branch.tip, None, branch.author, message, changes)
        branch.files.update(changes)
        branch.left = max(0, branch.left - 1)
        self.busy.update(changes)

    def merge(self, branch):
        """Merges a side branch. One merge in thirty changes a file of its own on the way."""
        self.branches.remove(branch)
        self.busy.difference_update(branch.files)
        changes = dict(branch.files)
        if self.dice.happens(33):
            changes.update(self.changes(self.files, self.number, most=1))
        self.pull_requests += 1
        author = self.dice.pick(self.people)
        topic = f"{author[1].split('.')[0]}/{branch.name}"
        message = f"Merge pull request #{self.pull_requests} from {topic}\n\n{self.dice.subject()}\n"
        if self.dice.happens(300):
            message = f"Merge branch '{topic}'\n"
        self.main = self.commit("merge", self.main, branch.tip, author, message, changes)
        self.land(changes)

    # --- files ------------------------------------------------------------------------------------

    def fresh(self):
        """Returns the lines of a new file."""
        return [self.dice.code() for _ in range(8 + self.dice.skewed(60))]

    def changes(self, files, since, most=3):
        """Returns one to three changed paths, none of which main has changed after `since`: every merge is clean."""
        changes = {}
        for _ in range(1 + self.dice.below(most)):
            if self.unused and self.dice.happens(170):
                changes[self.unused.pop()] = self.fresh()
                continue
            path = self.free_path(files, since, changes)
            if path is None:
                continue
            kind = self.dice.below(1000)
            if kind < 4 and len(files) > _FIRST_FILES:
                changes[path] = None
            elif kind < 7 and self.unused:
                changes[self.unused.pop()], changes[path] = files[path], None
            else:
                changes[path] = self.edited(files[path])
        return changes or {self.unused.pop() if self.unused else f"notes/{self.number}.md": self.fresh()}

    def free_path(self, files, since, taken):
        """Returns a path that may be changed, or none when a few tries found nothing."""
        for _ in range(8):
            path = self.living[len(self.living) - 1 - self.dice.skewed(len(self.living))]
            is_free = path not in self.busy and path not in taken and self.changed.get(path, 0) <= since
            if is_free and files.get(path) is not None:
                return path
        return None

    def edited(self, lines):
        """Returns the lines with a few of them replaced or added."""
        lines = list(lines)
        for _ in range(1 + self.dice.below(4)):
            lines[self.dice.below(len(lines))] = self.dice.code()
        if len(lines) < 90 and self.dice.happens(400):
            lines.insert(self.dice.below(len(lines)), self.dice.code())
        return lines

    def land(self, changes):
        """Enters what the newest commit on main has changed."""
        for path, lines in changes.items():
            if lines is None:
                self.files.pop(path, None)
            else:
                if path not in self.files:
                    self.living.append(path)
                self.files[path] = lines
            self.changed[path] = self.number

    # --- writing ----------------------------------------------------------------------------------

    def commit(self, kind, parent, other, author, message, changes):
        """Writes one commit and returns its number."""
        self.number += 1
        self.time += 60 + self.dice.skewed(12_000)
        written = self.time - (self.dice.below(86_400) if kind == "side" else 0)
        zone = self.dice.pick(_ZONES)
        text = message.encode()
        ref = "side" if kind == "side" else "main"
        lines = [
            f"commit refs/import/{ref}\nmark :{self.number}\n"
            f"author {author[0]} <{author[1]}> {written} {zone}\n"
            f"committer {author[0]} <{author[1]}> {self.time} {zone}\n"
            f"data {len(text)}\n".encode(),
            text,
        ]
        if parent is not None:
            lines.append(b"from :%d\n" % parent)
        if other is not None:
            lines.append(b"merge :%d\n" % other)
        for path, content in changes.items():
            if content is None:
                lines.append(f"D {path}\n".encode())
            else:
                blob = "".join(content).encode()
                lines.append(f"M 100644 inline {path}\ndata {len(blob)}\n".encode() + blob + b"\n")
        self.out.write(b"".join(lines) + b"\n")
        return self.number


def write_history(out, commits=COMMITS, anchors=ANCHORS):
    """Writes a history of so many commits to a binary stream."""
    History(out, commits, anchors).write()


if __name__ == "__main__":
    write_history(sys.stdout.buffer, int(sys.argv[1]) if len(sys.argv) > 1 else COMMITS)

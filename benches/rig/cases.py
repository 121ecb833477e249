"""What is measured, and the goals."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace

from . import budget, commit_lines, documents, measure, policies, pushes, repositories
from .measure import Side
from .repositories import git

RIVAL_FORMAT = "--format=%H%x00%an%x00%ae%x00%cn%x00%ce%x00%B"
PERMITTED_OR_REFUSED = (0, 1)


@dataclass
class Figure:
    """One number that the comparison is about, its spread over the rounds, and the most it may be."""

    what: str
    values: dict
    goal: float = None
    unit: str = ""

    def is_met(self):
        """Tells whether the median keeps to the goal."""
        return self.goal is None or self.values["median"] <= self.goal


@dataclass
class Result:
    """One case: what its sides cost, and how they compare."""

    group: str
    name: str
    place: str
    rounds: int
    sides: dict
    figures: list
    load: float = field(default_factory=lambda: os.getloadavg()[0])


class Bench:
    """Runs the cases on one set of repositories."""

    def __init__(self, repos, binary, scratch, rounds, log, settle):
        self.repos, self.binary, self.scratch, self.rounds, self.log = repos, str(binary), scratch, rounds, log
        self.settle = settle
        self.environ = repositories.environment(scratch)
        self.policies = {}
        for name, text in (("judging", policies.judging()), ("paths", policies.with_paths()),
                           ("permitting", policies.permitting())):
            path = scratch / f"{name}.yaml"
            path.write_text(text, encoding="utf-8")
            self.policies[name] = path

    def groups(self):
        """Returns the groups of cases that make sense here, by name."""
        found = {"judging": self.judging, "memory": self.memory, "paths": self.paths}
        if self.repos.synthetic:
            found["push"] = self.push
            found["gate"] = self.gate
            found["budget"] = self.budget
        found["start"] = self.start
        if self.repos.synthetic:
            found["decide"] = self.decide
            found["lines"] = self.lines
        return found

    # --- sides ------------------------------------------------------------------------------------

    def ours(self, start, end, place, policy="judging"):
        """Judges a range."""
        command = (self.binary, "check", f"{start}..{end}", "--target", "refs/heads/main", "--policy",
                   str(self.policies[policy]), "--format", "json")
        return Side("countersign", command, str(place), self.environ, PERMITTED_OR_REFUSED)

    def rival(self, start, end, place):
        """Prints what a judge of messages must read, and judges nothing."""
        return Side("git log", ("git", "log", RIVAL_FORMAT, f"{start}..{end}"), str(place), self.environ)

    def compare(self, group, name, place, sides, figures, rounds=None, warm_up=1):
        """Compares sides and enters the result. `figures` gets the samples of each side, in order."""
        self.settle()
        self.log(f"{group}: {name}, {place}")
        samples = measure.compare(sides, rounds or self.rounds, warm_up)
        ordered = [samples[side.name] for side in sides]
        summaries = {name: measure.summary(found) for name, found in samples.items()}
        return Result(group, name, place, len(ordered[0]), summaries, figures(*ordered))

    def ranges(self):
        """Yields the size, the start and the name of each range, the whole history last."""
        for size, start in sorted(self.repos.anchors.items()):
            whole = size == self.repos.commits - 1
            yield size, start, "the whole history" if whole else f"{size:,} commits"

    # --- groups -----------------------------------------------------------------------------------

    def judging(self):
        """Judging a range against printing it."""
        for variant, place in self.repos.variants.items():
            for size, start, name in self.ranges():
                if size < 1_000:
                    continue
                goal = 0.75 if name.startswith("the whole") else 1.0
                self.expect_commits(start, size, place)
                sides = [self.ours(start, self.repos.head, place), self.rival(start, self.repos.head, place)]
                yield self.compare("judging", name, variant, sides, lambda a, b, goal=goal: [
                    Figure("CPU ratio", measure.ratios(a, b, "cpu"), goal),
                    Figure("wall ratio", measure.ratios(a, b, "wall"), goal),
                ])

    def expect_commits(self, start, size, place):
        """Makes sure that what is measured is what it claims to be: every commit of the range was judged."""
        side = self.ours(start, self.repos.head, place)
        done = subprocess.run(side.argv, cwd=place, env=side.environment, capture_output=True, check=False)
        if done.returncode not in side.accepts:
            raise measure.Failed(f"{' '.join(side.argv)}: {done.stderr.decode()}")
        judged = sum(json.loads(done.stdout)["authorship"].values())
        if judged != size:
            raise measure.Failed(f"{judged} of {size} commits were judged: {done.stderr.decode()}")

    def memory(self):
        """The most memory beside the mapped packs."""
        for variant, place in self.repos.variants.items():
            *_, (_, start, name) = self.ranges()
            self.log(f"memory: {name}, {variant}")
            figures = []
            for side, goal in ((self.ours(start, self.repos.head, place), 64),
                               (self.rival(start, self.repos.head, place), None)):
                found = [measure.peaks(side) for _ in range(3)]
                figures.append(Figure(f"{side.name}, beside the packs", measure.spread([b for _, b in found]), goal, "MiB"))
                figures.append(Figure(f"{side.name}, all", measure.spread([a for a, _ in found]), None, "MiB"))
            yield Result("memory", name, variant, 3, {}, figures)

    def paths(self):
        """One commit that brings all that a range changed, judged by a policy with paths, against its diff."""
        place = self.repos.variants["graph"]
        for size, start, name in self.ranges():
            if size < 1_000:
                continue
            squashed = self.squash(place, start)
            changed = len(git(place, "diff-tree", "-r", "--name-only", start, squashed).splitlines())
            diff = Side("git diff-tree", ("git", "diff-tree", "-r", start, squashed), str(place), self.environ)
            sides = [self.ours(start, squashed, place, "paths"), diff]
            yield self.compare("paths", f"{changed:,} paths in one commit", "graph", sides, lambda a, b: [
                Figure("CPU ratio", measure.ratios(a, b, "cpu"), 1.2),
                Figure("wall ratio", measure.ratios(a, b, "wall"), 1.2),
            ], rounds=3 * self.rounds)
        for size, start, name in self.ranges():
            if size < 1_000 or name.startswith("the whole"):
                continue
            paths = replace(self.ours(start, self.repos.head, place, "paths"), name="with paths")
            plain = replace(self.ours(start, self.repos.head, place), name="without")
            diff = Side("git diff-tree", ("git", "diff-tree", "-r", start, self.repos.head), str(place), self.environ)
            yield self.compare("paths", f"{name}, with and without the condition", "graph", [paths, plain, diff],
                               lambda a, b, c: [Figure("CPU added, of git diff-tree", _share(a, b, c, "cpu"), 1.2)])

    def squash(self, place, start):
        """Makes a commit on top of `start` with the head's tree; the same each time."""
        when = {key: "1790000000 +0000" for key in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")}
        who = {f"GIT_{part}_{what}": value for part in ("AUTHOR", "COMMITTER")
               for what, value in (("NAME", "Ada Byron"), ("EMAIL", "ada.byron@example.com"))}
        return git(place, "commit-tree", f"{self.repos.head}^{{tree}}", "-p", start, "-m", "Bring it all",
                   environ={**when, **who})

    def push(self):
        """A push with the gate against the same push without."""
        folder = self.scratch / "push"
        client = folder / "client.git"
        repositories.copy(self.repos.variants["graph"], client)
        small = 5 * self.rounds
        head = self.repos.head
        for name, origin, commits, rounds in (
            ("1 commit", self.repos.variants["graph"], pushes.single_commits(client, head, small + 2), small),
            (f"{max(s for s in self.repos.anchors if s < self.repos.commits - 1):,} commits", self.repos.base,
             [head] * (self.rounds + 1), self.rounds),
        ):
            made = pushes.servers(folder, origin, self.binary, self.policies["permitting"])
            single = name == "1 commit"
            yield self.compare("push", name, "graph", pushes.sides(client, made, commits), _single if single else _large,
                               rounds=rounds, warm_up=2 if single else 1)
            self.expect_landings(made["gate"])
        shutil.rmtree(folder)

    def expect_landings(self, server):
        """Makes sure that the gate was asked: what the last push left in its ledger verifies and has a landing."""
        command = [self.binary, "audit", "list", "--format", "json"]
        done = subprocess.run(command, cwd=server.place, env=self.environ, capture_output=True, check=False)
        if done.returncode != 0 or b"landed" not in done.stdout:
            raise measure.Failed(f"the ledger knows no landing: {done.stdout[-500:]} {done.stderr[-500:]}")

    def gate(self):
        """The deployment of commits that all landed through the gate, against printing them."""
        whole = self.repos.anchors[max(self.repos.anchors)]
        for begin, landings in ((None, 1), (None, 200), (whole, 1), (whole, 200)):
            folder = self.scratch / f"gate-{landings}"
            server = folder / "gate.git"
            if begin:
                repositories.bare_at(self.repos.variants["graph"], begin, server)
            else:
                repositories.copy(self.repos.base, server)
            yield from self.deployment(folder, server, landings)
            shutil.rmtree(folder)

    def deployment(self, folder, server, landings):
        """What it takes to judge a deployment of all that landed, in so many pushes, on top of what a server has."""
        head = self.repos.head
        base = git(server, "rev-parse", "refs/heads/main")
        policy = folder / "policy.yaml"
        key = folder / "manager"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        policy.write_text(policies.deploying(key.with_suffix(".pub").read_text().strip()), encoding="utf-8")
        pushes.install(server, self.binary, policy, folder)
        # Where a production begins, a person says.
        self.on(server, "override", base, "--environment", "production", "--reason", "this is what runs today",
                "--repository", "acme/shop", "--key", str(key), "--yes")
        self.on(server, "gate", "--environment", "production", "--to", base)
        self.on(server, "deployed", "--environment", "production", base)
        made = self.land(server, base, landings)
        size = int(git(server, "rev-list", "--count", f"{base}..{head}"))
        side = Side("countersign", (self.binary, "gate", "--environment", "production", "--to", head, "--format",
                                    "json"), str(server), self.environ)
        verdict = json.loads(self.on(server, *side.argv[1:]))
        listed = [commit for commit in verdict["commits"] if not commit.get("cleared")]
        if sum(verdict["authorship"].values()) != size or listed or verdict["decision"] != "permit":
            raise measure.Failed(f"not all of {size} commits were judged and cleared: {str(verdict)[:500]}")
        name = f"{size:,} commits that landed in {made:,} pushes" if made > 1 else f"{size:,} commits of one push"
        sides = [side, self.rival(base, head, server)]
        yield self.compare("gate", name, "base", sides, lambda a, b: [
            Figure("CPU ratio", measure.ratios(a, b, "cpu"), 1.0),
            Figure("wall ratio", measure.ratios(a, b, "wall"), 1.0),
        ])
        figures = []
        for one in sides:
            found = [measure.peaks(one) for _ in range(3)]
            figures.append(Figure(f"{one.name}, beside the packs", measure.spread([b for _, b in found]), None, "MiB"))
        yield Result("gate", name, "base", 3, {}, figures)

    def budget(self):
        """What the hook takes where a server gives all hooks five seconds: signed commits and many sign-offs."""
        folder = self.scratch / "budget"
        self.log("budget: signing commits")
        server, base, head = budget.prepare(folder, self.binary, self.environ)
        environ = {**self.environ, "GIT_DIR": ".", "COUNTERSIGN_USER": "ada"}
        side = Side("countersign", (self.binary, "hook", "pre-receive"), str(server), environ,
                    stdin=str(folder / "updates"))
        yield self.compare("budget", f"{budget.COMMITS:,} signed commits, {budget.SIGNERS} sign-offs", "-", [side],
                           lambda a: [
            Figure("wall", measure.spread([sample.wall for sample in a]), 500, "ms"),
            Figure("CPU", measure.spread([sample.cpu for sample in a]), None, "ms"),
        ], rounds=3 * self.rounds)
        permits = json.loads(self.on(server, "audit", "list", "--kind", "permitted", "--limit", "1", "--format", "json")
                             .splitlines()[0])
        if head not in json.dumps(permits) or base not in json.dumps(permits):
            raise measure.Failed(f"the change was not permitted: {str(permits)[:500]}")
        shutil.rmtree(folder)

    def on(self, place, *arguments):
        """Runs the program in a repository and returns what it printed."""
        done = subprocess.run([self.binary, *arguments], cwd=place, env=self.environ, capture_output=True, check=False)
        if done.returncode != 0:
            raise measure.Failed(f"{' '.join(arguments)}: {done.stdout.decode()[:500]} {done.stderr.decode()[:500]}")
        return done.stdout

    def land(self, server, base, landings):
        """Pushes everything up to the head in about so many pushes, and returns how many there were."""
        line = git(self.repos.variants["graph"], "rev-list", "--first-parent", "--reverse",
                   f"{base}..{self.repos.head}").splitlines()
        step = max(1, len(line) // landings)
        stops = line[step - 1::step]
        if stops[-1] != self.repos.head:
            stops.append(self.repos.head)
        environ = {"COUNTERSIGN_USER": pushes.PUSHER}
        for stop in stops:
            git(self.repos.variants["graph"], "push", "-q", f"file://{server}", f"{stop}:refs/heads/main", environ=environ)
        return len(stops)

    def start(self):
        """What it costs to start, and to judge next to nothing."""
        place = self.repos.variants["graph"]
        rounds = 15 * self.rounds
        version = [Side("countersign", (self.binary, "--version"), str(place), self.environ),
                   Side("git", ("git", "--version"), str(place), self.environ)]
        yield self.compare("start", "--version", "-", version, lambda a, b: [
            Figure("wall beyond git's", measure.differences(a, b, "wall"), 1.0, "ms"),
            Figure("CPU beyond git's", measure.differences(a, b, "cpu"), 1.0, "ms"),
        ], rounds=rounds)
        size, start = min(self.repos.anchors.items())
        sides = [self.ours(start, self.repos.head, place), self.rival(start, self.repos.head, place)]
        yield self.compare("start", f"start to verdict, range of {size}", "graph", sides, lambda a, b: [
            Figure("wall", measure.spread([sample.wall for sample in a]), 5.0, "ms"),
            Figure("CPU", measure.spread([sample.cpu for sample in a]), 5.0, "ms"),
        ], rounds=rounds)

    def decide(self):
        """The pure core on many documents."""
        path = self.scratch / "documents.jsonl"
        count = 100_000
        if not path.exists():
            self.log(f"decide: writing {count:,} documents")
            documents.write(path, count)
        command = (self.binary, "decide", "--policy", str(self.policies["judging"]), "--facts", str(path), "--lines")
        side = Side("countersign", command, str(self.scratch), self.environ)
        yield self.compare("decide", f"{count:,} documents, {path.stat().st_size >> 20} MiB", "-", [side], lambda a: [
            Figure("wall", measure.spread([sample.wall / 1e3 for sample in a]), 30, "s"),
        ], rounds=3)

    def lines(self):
        """Who wrote commits that come as JSON lines, against a program that only reads and prints them."""
        path, count = self.scratch / "commits.jsonl", 200_000
        self.log(f"lines: writing {count:,} commits")
        commit_lines.write(path, count)
        sides = [Side("countersign", (self.binary, "detect"), str(self.scratch), self.environ, stdin=str(path))]
        if shutil.which("jq"):
            sides.append(Side("jq", ("jq", "-c", "."), str(self.scratch), self.environ, stdin=str(path)))
        name = f"{count:,} commits, {path.stat().st_size >> 20} MiB"
        yield self.compare("lines", name, "-", sides, lambda a, b=None: [
            Figure("CPU of 50,000 commits", measure.spread([s.cpu / 1e3 * 50_000 / count for s in a]), 1, "s"),
            *([Figure("CPU ratio", measure.ratios(a, b, "cpu"), 1.0)] if b else []),
        ], rounds=3)
        found = [measure.peaks(sides[0])[0] for _ in range(3)]
        yield Result("lines", f"{name}: memory", "-", 3, {}, [Figure("countersign", measure.spread(found), 64, "MiB")])
        place, size = self.repos.variants["graph"], 10_000
        span = f"{self.repos.anchors[size]}..{self.repos.head}"
        sides = [
            Side("countersign", (self.binary, "detect", span, "--format", "json"), str(place), self.environ),
            Side("git log", ("git", "log", "--format=%H%x00%an%x00%ae%x00%(trailers:only,unfold)", span), str(place),
                 self.environ),
        ]
        yield self.compare("lines", f"{size:,} commits of a repository, with git's reading of trailers", "graph", sides,
                           lambda a, b: [Figure("CPU ratio", measure.ratios(a, b, "cpu"), 1.5)])


def _share(ours, without, unit, what):
    return measure.spread([
        (getattr(a, what) - getattr(b, what)) / getattr(c, what) for a, b, c in zip(ours, without, unit)
    ])


def _single(gate, none, exits, default, watching):
    return [
        Figure("CPU added", measure.differences(gate, none, "cpu"), 5, "ms"),
        Figure("wall added", measure.differences(gate, none, "wall"), 8, "ms"),
        Figure("CPU added by hooks that only exit", measure.differences(exits, none, "cpu"), None, "ms"),
        Figure("wall added by hooks that only exit", measure.differences(exits, none, "wall"), None, "ms"),
        Figure("CPU added by the settings that `install` makes", measure.differences(none, default, "cpu"), None, "ms"),
        Figure("CPU added by `--watch-refs`", measure.differences(watching, gate, "cpu"), None, "ms"),
        Figure("wall added by `--watch-refs`", measure.differences(watching, gate, "wall"), None, "ms"),
    ]


def _large(gate, none, exits, default, watching):
    return [
        Figure("CPU added", _percent(gate, none, "cpu"), 3, "%"),
        Figure("wall added", _percent(gate, none, "wall"), 3, "%"),
        Figure("CPU added by hooks that only exit", _percent(exits, none, "cpu"), None, "%"),
        Figure("CPU added by the settings that `install` makes", _percent(none, default, "cpu"), None, "%"),
        Figure("CPU added by `--watch-refs`", _percent(watching, gate, "cpu"), None, "%"),
    ]


def _percent(ours, theirs, what):
    return {key: 100 * (value - 1) for key, value in measure.ratios(ours, theirs, what).items()}

"""Runs programs and says what they cost: CPU of the program and all its children, wall, peak memory.

A comparison is interleaved (A B A B ...), so that whatever else the machine does meets both alike, and every round
gives a ratio or a difference of its own.
"""

import os
import time
from dataclasses import dataclass
from statistics import median


class Failed(Exception):
    """A program that was to be measured did something else."""


@dataclass(frozen=True)
class Side:
    """One of the programs to compare."""

    name: str
    argv: tuple
    directory: str
    environment: dict
    accepts: tuple = (0,)  # exit codes
    stdin: str = os.devnull
    before: object = None  # called before each run, outside of the measurement


@dataclass(frozen=True)
class Sample:
    """What one run cost, in milliseconds."""

    cpu: float
    wall: float


def spawn(side, stdout=os.devnull, stderr=os.devnull):
    """Starts a program and returns its process id."""
    os.chdir(side.directory)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, side.stdin, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    return os.posix_spawnp(side.argv[0], side.argv, side.environment, file_actions=actions)


def run(side):
    """Runs a program once."""
    if side.before:
        side.before()
    began = time.perf_counter()
    pid = spawn(side)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    if code not in side.accepts:
        raise Failed(f"{side.name} ended with {code}: {' '.join(side.argv)}")
    return Sample((usage.ru_utime + usage.ru_stime) * 1e3, wall * 1e3)


def compare(sides, rounds, warm_up=1, patience=None):
    """Runs each side once a round, in turn; returns the samples of each side. Stops early, but never before three
    rounds, when `patience` (in seconds) is used up."""
    for _ in range(warm_up):
        for side in sides:
            run(side)
    samples = {side.name: [] for side in sides}
    began = time.monotonic()
    for done in range(rounds):
        if patience and done >= 3 and time.monotonic() - began > patience:
            break
        for side in sides:
            samples[side.name].append(run(side))
    return samples


def spread(values):
    """Returns the smallest, the median and the largest value."""
    return {"min": min(values), "median": median(values), "max": max(values)}


def summary(samples):
    """Returns the spread of everything measured about one side."""
    return {what: spread([getattr(sample, what) for sample in samples]) for what in ("cpu", "wall")}


def ratios(ours, theirs, what):
    """Returns the spread of our cost over theirs, round by round."""
    return spread([getattr(a, what) / getattr(b, what) for a, b in zip(ours, theirs)])


def differences(ours, theirs, what):
    """Returns the spread of our cost minus theirs, round by round."""
    return spread([getattr(a, what) - getattr(b, what) for a, b in zip(ours, theirs)])


def peaks(side, interval=0.001):
    """Runs a program once and returns the most memory, in MiB, that it and its children held at one time: all that was
    resident, and without the mapped pack files and their indexes.

    Sampled, so a very short peak can be missed. The kernel's own figure for a child is never less than the memory of
    the process that started it, and knows no difference between a mapped pack and memory that was asked for.
    """
    if side.before:
        side.before()
    pid = spawn(side)
    largest = [0, 0]
    while True:
        found = [_resident(member) for member in _family(pid)]
        largest = [max(before, sum(now)) for before, now in zip(largest, zip(*found))]
        done, status, _ = os.wait4(pid, os.WNOHANG)
        if done:
            break
        time.sleep(interval)
    if os.waitstatus_to_exitcode(status) not in side.accepts:
        raise Failed(f"{side.name} failed: {' '.join(side.argv)}")
    return [kib / 1024 for kib in largest]


def _family(pid):
    """Yields a process and everything below it."""
    yield pid
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = file.read().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _resident(pid):
    """Returns the KiB that a process holds in memory: all of it, and without mapped packs and their indexes."""
    everything, beside, counts = 0, 0, True
    try:
        with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as file:
            for line in file:
                first = line.split(" ", 1)[0]
                if "-" in first:
                    counts = "/objects/pack/" not in line
                elif first == "Rss:":
                    size = int(line.split()[1])
                    everything += size
                    beside += size if counts else 0
    except OSError:
        pass
    return everything, beside

"""The results as Markdown and JSON."""

import dataclasses
import os
import platform
import subprocess

_TITLES = {
    "judging": "Judging a range against `git log` of the same range",
    "memory": "Memory for the whole history",
    "paths": "Paths of a change against `git diff-tree -r`",
    "push": "A push with the gate against the same push without",
    "gate": "A deployment of what landed, against `git log` of the same range",
    "budget": "The hook where a server gives five seconds",
    "start": "Starting",
    "decide": "`decide --lines`",
    "lines": "`detect` against `jq -c .` on the same lines, and against `git log` that reads trailers",
}


def machine():
    """Returns what one must know about the machine to read the figures."""
    model, memory = "unknown", 0
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(file.readline().split()[1]) >> 20
    version = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory": f"{memory} GiB",
        "kernel": platform.release(),
        "git": version,
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def as_json(facts, subject, results):
    """Returns everything as one value."""
    return {
        "machine": facts,
        "repository": subject,
        "results": [
            {**dataclasses.asdict(result), "figures": [
                {**dataclasses.asdict(figure), "met": figure.is_met()} for figure in result.figures
            ]}
            for result in results
        ],
    }


def markdown(facts, subject, results):
    """Returns the tables."""
    lines = [f"Repository: {subject}.", "", "Machine: " + ", ".join(f"{k} {v}" for k, v in facts.items()) + ".", ""]
    for group, title in _TITLES.items():
        of_group = [result for result in results if result.group == group]
        if not of_group:
            continue
        lines += [f"### {title}", "", *_table(of_group), ""]
    return "\n".join(lines)


def put_into(document, name, text):
    """Replaces what stands between the two comments of that name in a document."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = document.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def _table(results):
    yield "| case | repository | rounds | load | cost: CPU ms, wall ms | compared | goal |"
    yield "|---|---|---|---|---|---|---|"
    for result in results:
        costs = "<br>".join(f"{name}: {_cost(side)}" for name, side in result.sides.items())
        for row, figure in enumerate(result.figures):
            first = (result.name, result.place, str(result.rounds), f"{result.load:.1f}", costs)
            cells = first if row == 0 else ("", "", "", "", "")
            yield "| " + " | ".join((*cells, _compared(figure), _goal(figure))) + " |"


def _cost(side):
    return f"{side['cpu']['median']:.1f}, {side['wall']['median']:.1f}"


def _compared(figure):
    values = figure.values
    return f"{figure.what}: **{values['median']:.2f}** ({values['min']:.2f} to {values['max']:.2f}) {figure.unit}".strip()


def _goal(figure):
    if figure.goal is None:
        return ""
    return f"≤ {figure.goal:g}{' ' if figure.unit else ''}{figure.unit}, {'met' if figure.is_met() else '**missed**'}"

"""Facts documents for `decide --lines`: a few shapes, as they come at a gate on an ordinary day."""

import json

from . import policies, texts

_OID = "%040x"
_SHAPES = ("unmarked", "agent", "signed", "self-signed", "stale", "overridden", "large", "unknown")


def write(path, count):
    """Writes one document a line."""
    dice, people = texts.Dice(7), texts.people()
    with open(path, "w", encoding="utf-8") as file:
        for number in range(count):
            document = _document(number, _SHAPES[number % len(_SHAPES)], dice, people)
            file.write(json.dumps(document, separators=(",", ":")) + "\n")


def _document(number, shape, dice, people):
    author = people[10 + dice.below(40)]
    head, start = _OID % (2 * number + 2), _OID % (2 * number + 1)
    commits = [_commit(number, i, shape, dice, author) for i in range(20 if shape == "large" else 1 + dice.below(4))]
    commits[-1]["id"] = head
    document = {
        "now": "2026-11-22T10:00:00Z", "repository": "acme/shop", "target": "refs/heads/main", "action": "update",
        "from": start, "head": head, "tree": _OID % number, "content": "sha256:%064x" % number,
        "commits": commits, "paths": [f"src/{dice.topic()}.rs" for _ in range(1 + dice.below(8))], "defects": [],
        "participants": [{"part": "pusher", "identity": _account(author)}],
        "sign_offs": [], "overrides": [],
    }
    claim = {"repository": "acme/shop", "target": "refs/heads/main", "from": start, "head": head, "plan": None,
             "at": "2026-11-22T09:00:00Z"}
    if shape in ("signed", "self-signed", "stale", "large"):
        who = author if shape == "self-signed" else people[dice.below(8)]
        document["sign_offs"] = [{
            **claim, "id": f"s{number}", "decision": "approve", "identity": _account(who), "method": "signature",
            "presence": "none", "content": document["content"], "uncovered": [], "expires_at": None, "invalid": None,
            "head": _OID % (2 * number + 9) if shape == "stale" else head,
        }]
    if shape == "overridden":
        document["overrides"] = [{
            **claim, "id": f"o{number}", "identities": [_account(people[9])], "presence": "none",
            "reason": "The shop is down and nobody senior can be reached", "ticket": None, "action": "update",
            "expires_at": "2026-11-22T12:00:00Z", "consumed": False,
        }]
    if shape == "unknown":
        document["commits"] = {"unknown": "the repository could not be read"}
    return document


def _commit(number, index, shape, dice, author):
    person = {"name": author[0], "email": author[1]}
    by_agent = shape != "unmarked" and index % 3 == 0
    return {
        "id": _OID % ((index + 1 << 64) + number), "author": person, "committer": person,
        "co_authors": [{"name": "Kiro", "email": "kiro@kiro.dev"}] if by_agent else [],
        "authorship": "agent" if by_agent else "unmarked", "agents": ["kiro"] if by_agent else [],
        "clean_merge": False, "web_flow": False, "cleared_on": [],
    }


def _account(person):
    return {"account": f"plain:{policies.identifier(person[0])}"}

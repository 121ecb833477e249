"""Commits as JSON lines for `detect`: messages as long as people's are, one in seven shows an agent."""

import json

from . import texts


def write(path, count=None, size=None):
    """Writes one commit a line: so many, or until the file has so many bytes. Returns how many there are."""
    dice, people = texts.Dice(11), texts.people()
    written, lines = 0, 0
    with open(path, "w", encoding="utf-8") as file:
        while lines < (count or lines + 1) and written < (size or written + 1):
            author = people[dice.below(len(people))]
            person = {"name": author[0], "email": author[1]}
            commit = {"id": "%040x" % lines, "author": person, "committer": person, "parents": 1,
                      "message": dice.message(people, author)}
            written += file.write(json.dumps(commit, separators=(",", ":")) + "\n")
            lines += 1
    return lines

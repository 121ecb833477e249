"""Names, paths, messages and trailers of the synthetic history, all drawn from one seeded generator.

Only `Random.random()` is used: Python promises its sequence for a seed in every version, and promises
nothing for `choice`, `randrange` or `shuffle`.
"""

from random import Random

PEOPLE = 60
PATHS = 20_000
ROBOT = ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com")

_GIVEN = """Ada Alan Annie Barbara Bob Carol Dana Dennis Donald Edith Edsger Evelyn Frances Grace Hedy Ida
Jean John Joan Karen Katherine Ken Kathleen Leslie Linus Lynn Margaret Mary Niklaus Radia""".split()
_FAMILY = """Byron Turing Easley Liskov Developer Shaw Scully Ritchie Knuth Clarke Dijkstra Boyd Allen Hopper
Lamarr Rhodes Bartik Backus Clarke Jones Johnson Thompson Booth Lamport Benedict Conway Hamilton Wilkes Wirth
Perlman""".split()

_WORDS = """account adapter address aggregate alias allocation amount archive argument balance batch billing
boundary branch broker buffer bundle cache calendar callback cart catalog channel checkout client cluster codec
command commit config connection constraint consumer contact contract counter coupon currency cursor customer
daemon database deadline default delivery dependency device digest directory discount dispatch document domain
driver edge element encoder endpoint engine entity envelope event exception export factory fallback feature feed
field filter folder format frame gateway graph group handler header heartbeat helper history host identity image
import index input instance interval inventory invoice item iterator job journal key label layout ledger lease
library limit listener loader locale lock logger login lookup mailbox manifest map margin marker matcher media
member memory merge message meter metric migration mirror mode model module monitor network node notice number
object offer offset option order outbox output owner package page parser partition patch path payment payload
permission pipeline plan plugin policy pool port position price probe process product profile promise prompt
protocol provider proxy query queue quota range ratio reader receipt record redirect refund region registry
release render replica report request reserve resource response result retry review role rollback route row rule
sample scanner schedule schema scope script search secret segment sender sensor sequence server service session
setting shard shipment signal site snapshot socket source stage state stock storage stream string subject
subscription suite summary supplier switch symbol table tag target tariff task tax template tenant test theme
thread threshold ticket timeout timer token topic trace tracker transaction transfer tree trigger unit update
upload user validator value variant vendor version view volume voucher wallet warehouse watcher webhook widget
window worker workflow writer zone""".split()
_VERBS = """Add Allow Avoid Batch Cache Check Clarify Compare Correct Document Drop Extend Fix Guard Handle Inline
Keep Limit Log Make Measure Merge Move Name Order Parse Prefer Read Reject Remove Rename Replace Report Reuse
Revert Round Send Shorten Simplify Sort Speed up Split Stop Store Test Tidy Trim Update Use Validate Warn about
Write""".replace("Speed up", "Speed_up").replace("Warn about", "Warn_about").split()
_SMALL = """a and as at because before but by for from if in instead into is it its less more never no not now of
on once one only or over same so still than that the then there this to too two under until was we what when where
which while with without yet""".split()
_ENDINGS = ["rs", "py", "ts", "go", "java", "md", "yaml", "sql", "css", "proto"]
_ROOTS = ["src", "lib", "services", "web", "tools", "docs", "tests", "deploy"]

# A message of rank r of 15 has about this many bytes; between two ranks it is interpolated. The median is near 300.
_LENGTHS = [40, 50, 65, 85, 110, 145, 195, 250, 320, 400, 510, 690, 950, 1450, 2500, 6500]

# What agents leave in messages, as seen in public histories. `#` becomes a random hexadecimal digit.
_AGENTS = [
    "Co-Authored-By: Claude <noreply@anthropic.com>",
    "Co-Authored-By: Claude Opus 4.5 <noreply@anthropic.com>",
    "\U0001F916 Generated with [Claude Code](https://claude.com/claude-code)\n\n"
    "Co-Authored-By: Claude <noreply@anthropic.com>",
    "Claude-Session: ########-####-####-####-############\nCo-Authored-By: Claude Code <noreply@anthropic.com>",
    "Co-authored-by: Copilot <198982749+Copilot@users.noreply.github.com>",
    "Co-authored-by: Copilot <copilot@github.com>\nAgent-Logs-Url: https://github.com/acme/shop/sessions/########",
    "Co-authored-by: Cursor <cursoragent@cursor.com>",
    "Co-authored-by: Kiro <kiro@kiro.dev>",
    "Assisted-by: Kiro CLI\nKiro-Session: ################",
    "Co-authored-by: Amazon Q Developer <noreply@aws.amazon.com>",
    "Co-authored-by: codex <codex@openai.com>",
    "Generated-by: Codex (gpt-5.1-codex-max)",
    "Co-authored-by: aider (gpt-4o) <aider@aider.chat>",
    "Co-authored-by: Gemini CLI <gemini-cli-agent@google.com>",
    "Co-authored-by: google-labs-jules[bot] <161369871+google-labs-jules[bot]@users.noreply.github.com>",
    "Link to Devin run: https://app.devin.ai/sessions/################################\n"
    "Co-Authored-By: devin-ai-integration[bot] <158243242+devin-ai-integration[bot]@users.noreply.github.com>",
    "Co-authored-by: openhands <openhands@all-hands.dev>",
    "Amp-Thread-ID: https://ampcode.com/threads/T-########-####-####-####-############\n"
    "Co-authored-by: Amp <amp@ampcode.com>",
    "AI-assisted: yes",
    "Made-with: Cursor",
]


class Dice:
    """Everything that is random, from one seed."""

    def __init__(self, seed):
        self._next = Random(seed).random
        self._lines = [self._line() for _ in range(12_000)]

    def below(self, bound):
        """Returns an integer from 0 to `bound` - 1."""
        return int(self._next() * bound)

    def happens(self, thousandths):
        """Returns true that often in a thousand times."""
        return self.below(1000) < thousandths

    def pick(self, items):
        """Returns one of the items."""
        return items[self.below(len(items))]

    def skewed(self, bound):
        """Returns an integer below `bound`; the first ones come far more often, as with real files."""
        x = self._next()
        return int(x * x * bound)

    def hexadecimal(self, text):
        """Replaces every `#`."""
        return "".join(self.pick("0123456789abcdef") if c == "#" else c for c in text)

    def _line(self):
        words, length = [], 0
        while length < 58:
            word = self.pick(_SMALL) if self.happens(450) else self.pick(_WORDS)
            words.append(word)
            length += len(word) + 1
        return " ".join(words) + ("." if self.happens(300) else "")

    def subject(self):
        """Returns the first line of a message, which also serves as a title."""
        verb = self.pick(_VERBS).replace("_", " ")
        words = " ".join(self.pick(_WORDS) for _ in range(2 + self.below(3)))
        scope = self.pick(_WORDS) + ": " if self.happens(300) else ""
        return f"{scope}{verb} the {words}"

    def body(self, length):
        """Returns paragraphs of about `length` bytes."""
        lines, so_far = [], 0
        while so_far < length:
            line = self.pick(self._lines)
            lines.append(line)
            so_far += len(line) + 1
            if self.happens(180) and so_far < length:
                lines.append("")
        return "\n".join(lines)

    def message(self, people, author):
        """Returns a commit message; one in seven was written with an agent's help."""
        subject = self.subject()
        rank, part = self.below(15), self.below(1000)
        wanted = _LENGTHS[rank] + (_LENGTHS[rank + 1] - _LENGTHS[rank]) * part // 1000
        trailers = self.trailers(people, author)
        missing = wanted - len(subject) - len(trailers)
        parts = [subject] + ([self.body(missing)] if missing > 30 else []) + ([trailers] if trailers else [])
        return "\n\n".join(parts) + "\n"

    def trailers(self, people, author):
        """Returns the last paragraph, which may be empty."""
        lines = []
        if self.happens(120):
            lines.append(f"Fixes: #{1 + self.below(30_000)}")
        if self.happens(150):
            lines.append("Reviewed-by: %s <%s>" % self.pick(people))
        if self.happens(35):
            lines.append("Co-authored-by: %s <%s>" % self.pick(people))
        if self.happens(150):
            lines.append(self.hexadecimal(self.pick(_AGENTS)))
        if self.happens(300):
            lines.append("Signed-off-by: %s <%s>" % author)
        return "\n".join(lines)

    def code(self):
        """Returns a line of a file."""
        return "    " * self.below(4) + f"{self.pick(_WORDS)}.{self.pick(_WORDS)}({self.pick(_WORDS)});\n"

    def topic(self):
        """Returns the name of a branch."""
        return f"{self.pick(_WORDS)}-{self.pick(_WORDS)}"


def people():
    """Returns 60 people, each a name and an address."""
    names = [f"{given} {_FAMILY[(i + shift) % len(_FAMILY)]}" for shift in (0, 7) for i, given in enumerate(_GIVEN)]
    return [(name, name.lower().replace(" ", ".") + "@example.com") for name in names[:PEOPLE]]


def paths(dice):
    """Returns 20,000 different paths, those of one folder beside each other."""
    found = {}
    while len(found) < PATHS:
        folder = "/".join([dice.pick(_ROOTS)] + [dice.pick(_WORDS) for _ in range(1 + dice.below(3))])
        for _ in range(4 + dice.below(24)):
            found[f"{folder}/{dice.pick(_WORDS)}_{dice.pick(_WORDS)}.{dice.pick(_ENDINGS)}"] = True
    return list(found)[:PATHS]

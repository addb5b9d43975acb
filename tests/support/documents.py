"""The repository's Markdown as the tests read it: fenced blocks, headings, and the commands that a reader copies.

An HTML comment on the line above a block of commands says how a test is to run it: `<!-- not run: REASON -->`,
`<!-- run for 5 s -->` for what never ends, `<!-- repeat for 60 s -->` for what has to arrive first.
"""

import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from tests.support.repository import ROOT

FENCE = re.compile(r"^```(\w*)$")
CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^(#{1,6}) (.+)$")
MARKER = re.compile(
    r"<!-- (?:not run: (?P<not_run>.+)|run for (?P<run_for>\d+) s|repeat for (?P<repeat_for>\d+) s) -->"
)
#: In an answer, stands for whatever there is.
ANYTHING = "…"


@dataclass(frozen=True)
class Block:
    """`lead` is the line above the fence that is not empty."""

    line: int
    language: str
    text: str
    lead: str


@dataclass(frozen=True)
class Command:
    """`run_for` and `repeat_for` are seconds, 0 for none. `answer` is what the document says it prints, if it does."""

    document: str
    line: int
    script: str
    answer: str
    not_run: str
    run_for: int
    repeat_for: int

    def is_answered_by(self, output: str) -> bool:
        """Spaces and line breaks do not count; … in the answer stands for anything."""
        parts = [r"\s*".join(map(re.escape, part.split())) for part in self.answer.split(ANYTHING)]
        return re.search(".*?".join(parts), output, re.DOTALL) is not None


def is_ours(path: Path) -> bool:
    """Not a package, and not in a hidden directory, which are caches."""
    folders = path.relative_to(ROOT).parts[:-1]
    return "node_modules" not in folders and not any(folder.startswith(".") for folder in folders)


def documents() -> list[Path]:
    """Every Markdown file of the repository."""
    return sorted(filter(is_ours, ROOT.rglob("*.md")))


def blocks(document: Path) -> list[Block]:
    found = []
    lead = ""
    block: Block | None = None
    for number, line in enumerate(document.read_text().splitlines(), start=1):
        if block is None and (fence := FENCE.match(line)):
            block = Block(number, fence[1], "", lead)
        elif block and line == "```":
            found.append(block)
            block = None
        elif block:
            block = Block(block.line, block.language, f"{block.text}{line}\n", block.lead)
        lead = line.strip() or lead
    return found


def prose(document: Path) -> str:
    """Without the fenced blocks."""
    return re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)


def headings(document: Path) -> list[tuple[int, str]]:
    """Level and text of each."""
    return [(len(found[1]), found[2]) for line in prose(document).splitlines() if (found := HEADING.match(line))]


def commands(document: Path) -> list[Command]:
    """The bash blocks, each with the answer that follows it directly."""
    found = blocks(document)
    return [
        _command(document, block, following)
        for block, following in zip_longest(found, found[1:])
        if block.language == "bash"
    ]


def _command(document: Path, block: Block, following: Block | None) -> Command:
    marker = MARKER.fullmatch(block.lead)
    said = marker.groupdict() if marker else {}
    answered = following is not None and following.language in {"text", "json"} and following.lead == "```"
    return Command(
        document=str(document.relative_to(ROOT)),
        line=block.line,
        script=block.text,
        answer=following.text.strip() if following and answered else "",
        not_run=said.get("not_run") or "",
        run_for=int(said.get("run_for") or 0),
        repeat_for=int(said.get("repeat_for") or 0),
    )

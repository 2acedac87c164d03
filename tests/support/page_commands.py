"""The commands of a hand-written page, as a reader types them.

A fenced block is tried if the line before it says so: ``<!-- tried: nas -->`` in a session on
the NAS, ``<!-- tried: here -->`` on the reader's machine, with ``, exits N`` if the last command
has that exit status. Lines ``<!-- shows: TEXT -->`` after the block name what must be in its
output. A block ``<!-- file: NAME -->`` is a file of the reader. Every other block has its reason:
``<!-- not tried: REASON -->``. A page for another system says so: ``<!-- nas: truenas-13.3 -->``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT

_BLOCK = re.compile(
    r"^<!-- (?P<kind>tried|file): (?P<what>[^,>]+?)(?:, exits (?P<status>\d+))? -->\n"
    r"```\w*\n(?P<text>.*?)^```\n"
    r"(?P<shows>(?:<!-- shows: .*? -->\n)*)",
    re.MULTILINE | re.DOTALL,
)
_BLOCK_OF_ANY_KIND = re.compile(
    r"^(?P<mark>[^\n]*)\n *```\w*\n.*?^ *```$", re.MULTILINE | re.DOTALL
)
_MARK = re.compile(r"<!-- (?:tried|file|not tried): .*\S -->")
_NAS = re.compile(r"^<!-- nas: (\S+) -->$", re.MULTILINE)
_SHOWS = re.compile(r"<!-- shows: (.*?) -->\n")


@dataclass(frozen=True)
class Block:
    """A block at a line: a file, or commands at a place, what they show, how the last exits."""

    line: int
    kind: str
    what: str
    text: str
    shows: tuple[str, ...]
    status: int

    @property
    def commands(self) -> list[str]:
        """The lines."""
        return self.text.splitlines()


def pages_with_commands() -> list[Path]:
    """Return the pages whose commands are typed by a test: the tutorial and the how-tos."""
    return [ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "howto").glob("*.md"))]


def blocks(page: str) -> list[Block]:
    """Return the marked blocks of a page. Raises ValueError for a mark without its block."""
    found = [
        Block(
            page.count("\n", 0, match.start()) + 1,
            match["kind"],
            match["what"],
            match["text"],
            tuple(_SHOWS.findall(match["shows"])),
            int(match["status"] or 0),
        )
        for match in _BLOCK.finditer(page)
    ]
    marks = len(re.findall(r"<!-- (?:tried|file):", page))
    if marks != len(found) or page.count("<!-- shows:") != sum(len(one.shows) for one in found):
        raise ValueError(f"{marks} marks, {len(found)} marked blocks: a mark is out of its place")
    return found


def system_of(page: str, default: str) -> str:
    """Return the release that the simulated NAS of a page has."""
    found = _NAS.search(page)
    return found[1] if found else default


def unmarked(page: str) -> list[int]:
    """Return the lines of blocks that are neither tried nor have a reason, by number.

    An indented block cannot be marked, so that it counts.
    """
    fenced = list(_BLOCK_OF_ANY_KIND.finditer(page))
    found = [
        page.count("\n", 0, block.start()) + 1
        for block in fenced
        if not _MARK.fullmatch(block["mark"])
    ]
    prose = _BLOCK_OF_ANY_KIND.sub(lambda block: "\n" * block[0].count("\n"), page)
    found += [
        number
        for number, line in enumerate(prose.splitlines(), 1)
        if line.startswith("    ")
        and re.match(r"[$#] |lagg-tool |ifconfig |make |pip", line.strip())
    ]
    return sorted(found)

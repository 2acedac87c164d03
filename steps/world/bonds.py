"""What iproute2 shows of a bond and its ports, as the features write it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lagg_tool.command import read
from steps.world.world import World

NONE = "none"
# The detail of a bond or of one of its ports, in the output of ip -d link show.
_DETAIL = r"^\s+(?:bond|bond_slave) ((?:mode|state) .*)$"
_ADDRESS = re.compile(r"\binet6? (\S+)")


def wrongs(world: World, name: str, expected: list[list[str]]) -> str:
    """Return what ip does not show as the rows of a table expect it, in words."""
    shown = _shown(world, "ip", "-d", "link", "show", world.named(name))
    rows = ((field, world.named(text)) for field, text in expected)
    return "; ".join(text for row in rows for text in _wrong(world, name, shown, *row))


def _wrong(world: World, name: str, shown: str, field: str, expected: str) -> Iterator[str]:
    found = _field(world, name, shown, field)
    relation, _, word = expected.partition(" ")
    if relation in ("with", "without"):
        right = (word in found.split(",")) == (relation == "with")
    else:
        right = found == expected
    if not right:
        yield f"{name}: {field} is {found!r}, expected was {expected!r}"


def _field(world: World, name: str, shown: str, field: str) -> str:
    """Return one field; the detail of the driver goes before the interface's own line."""
    if field == "flags":
        return _first(r"<(\S*)>", shown)
    if field == "description":
        return _first(r"^\s+alias (.*)$", shown)
    if field == "ether":
        return world.owner(_first(r"link/ether (\S+)", shown))
    if field == "addresses":
        text = _shown(world, "ip", "address", "show", "dev", world.named(name))
        return ", ".join(a for a in _ADDRESS.findall(text) if not a.startswith("fe80:")) or NONE
    detail = _first(_DETAIL, shown)
    line = shown.partition("\n")[0]
    found = (_first(rf"(?:^| ){re.escape(field)} (\S+)", text) for text in (detail, line))
    return next((text for text in found if text != NONE), NONE)


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    return match[1] if match else NONE


def _shown(world: World, *argv: str) -> str:
    done = world.target.run(read(*argv))
    assert done.status == 0, f"{done.command.text}: {done.stderr.strip()}"
    return done.stdout

"""Lines of ifconfig that mail, or the width of a terminal, has broken, put together again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from lagg_tool.ifconfig.beginnings import (
    HEADER,
    HEADER_START,
    HEX4,
    NAME,
    SHALLOW,
    WLAN,
    begins,
)
from lagg_tool.ifconfig.bit_names import with_names

_HALF_HEADER = re.compile(
    rf"{NAME}: flags=(?:[0-9a-f]+<[A-Z0-9_,]*|[^<]*|[^<]*<[^>]*>(?: metric(?: \d+)?(?: mtu)?)?)",
    re.ASCII,
)


def joined(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Put together the lines that mail, or the width of a terminal, has broken."""
    pieces = list(lines)
    full = _full_width(pieces)
    margin = min((len(indent) for indent, _ in pieces), default=0)
    held: tuple[str, str] | None = None
    width = 0  # of the last piece
    for before, line in pieces:
        indent = before[margin:]
        glue = _glue(held[1], line) if held else None
        if held and glue is None and width == full and len(indent) < 2 and _is_cut(held[1], line):
            glue = " " if indent else ""
        if held and glue is None and held[0][margin:] and not indent and _is_wlan(held[1], line):
            glue = " "
        if held and glue is not None:
            held = (held[0], f"{held[1]}{glue}{line}")
        else:
            if held:
                yield held
            held = (before, line)
        width = _width(before, line)
    if held:
        yield held


def _width(indent: str, line: str) -> int:
    return len(f"{indent}{line}".expandtabs())


def _full_width(pieces: list[tuple[str, str]]) -> int | None:
    """Return the width of the terminal that a text was cut at: several lines are as long."""
    widths = Counter(_width(*piece) for piece in pieces)
    widest = max(widths, default=0)
    return widest if widths[widest] > 1 else None


def _is_cut(before: str, line: str) -> bool:
    """Return whether a line goes on with the one before it, which fills a terminal's width."""
    if before.endswith((">", ")", "]")) or begins(line) or not begins(before):
        return False
    whole = HEADER.fullmatch(with_names(before)) is not None
    return not whole or re.match(r"\d{1,4}(?: |$)", line) is not None


def _is_wlan(before: str, line: str) -> bool:
    return before.startswith(WLAN) and not begins(line)


# A line that mail has broken: how it ends there, how the next one begins, and what was between.
_BROKEN: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = (
    (
        re.compile(r".*=[0-9A-Fa-f]+(?:[<(]?[A-Z0-9_,]*,|<[A-Z0-9_,]*)"),
        re.compile(r"[A-Z0-9_,]+[>)]?(?: |$)"),
        "",
    ),
    (
        re.compile(rf"{NAME}: flags=\S+(?: \S+)? metric \d+ mtu \d{{1,4}}", re.ASCII),
        re.compile(r"\d{1,4}$"),
        "",
    ),
    (_HALF_HEADER, re.compile(r"metric |mtu |\d+$|\d+ mtu "), " "),
    (re.compile(r"media: .*\([^)]*,"), re.compile(r".*\)$"), ""),
    (re.compile(r"media: .*\([^)]*>"), re.compile(r"\)$"), ""),
    (re.compile(r"media: .*\([^)<]*"), re.compile(r"<.*\)$"), " "),
    (re.compile(r"media: [^(]*"), re.compile(r"\([0-9A-Za-z].*\)$"), " "),
    (re.compile(r"media: Ethernet"), re.compile(r"autoselect|\d+G?base", re.IGNORECASE), " "),
    (re.compile(r"(?:laggport|member): \S+"), re.compile(r"flags="), " "),
    (re.compile(r"nd6"), re.compile(r"options="), " "),
    (re.compile(r"lag id:"), re.compile(r"\[\("), " "),
    (
        re.compile(r"(?:ifmaxaddr|maxage|(?:root )?id) \S.*"),
        re.compile(
            r"(?:\d+|(?:port|path|cost|priority|ifcost|hellotime|fwddelay|holdcnt|proto|maxaddr"
            r"|timeout) \S+)(?: |$)"
        ),
        " ",
    ),
    (re.compile(r"laggport: .*"), re.compile(r"state="), " "),
    (re.compile(r".*[a-z]="), re.compile(r"[0-9A-Fa-f]+(?:[ <]|$)"), ""),
    (re.compile(rf".*\({HEX4},[^()]*"), re.compile(r"[^\s()]*\)(?:[],]*$|, \()"), ""),
    (
        re.compile(r"vlan: (?!.*parent interface:).*"),
        re.compile(r"vlanproto: |vlanpcp: |parent interface: "),
        " ",
    ),
    (re.compile(r"inet6 .* 0x"), re.compile(r"[0-9a-f]+(?: |$)"), ""),
    (
        re.compile(r"inet6? .*"),
        re.compile(r"(?:netmask|broadcast|prefixlen|scopeid|-->|vhid|0x[0-9a-f]+|[0-9.]+)(?: |$)"),
        " ",
    ),
)


def _glue(before: str, line: str) -> str | None:
    """Return what a line is joined with to the one before it; None if it begins by itself."""
    continues = HEADER_START.match(line) is None and (
        SHALLOW.match(line) is None or line.startswith("parent interface:") or before == "nd6"
    )
    for end, begin, between in _BROKEN if continues else ():
        if end.fullmatch(before) and begin.match(line):
            return between
    return None

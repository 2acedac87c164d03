"""rc.conf as people hand it on: among words, as sysrc prints it, or found by grep. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lagg_tool.pasted_text import plain

_BEGIN = r"[a-z]\w*="
_NAME = r"[A-Za-z_]\w*"
_ASSIGNMENT = re.compile(
    rf"\s*(?:export\s+|.*\bsysrc\s+(?:-\S+\s+(?:/\S+\s+)?)*)?{_NAME}=", re.ASCII
)
_OF_GREP = re.compile(rf"[\w./-]*rc\.conf[\w./-]*[:-](?:\d+[:-])?(?=\s*#?\s*{_NAME}=)", re.ASCII)
_ECHOED = re.compile(r"""['"]\s*>>\s*\S+\s*$""")  # behind echo's word, which plain() took away
# "name: value" of sysrc -a, and "name: before -> value" of a sysrc that has set it.
_OF_SYSRC = re.compile(
    r"((?:ifconfig|create_args|vlans|wlans|ipv4_addrs|ipv6_ifconfig|autobridge|jail)_\w+"
    r"|cloned_interfaces|network_interfaces|gateway_enable): (?:.* ?-> ?)?(.*)",
    re.ASCII,
)
_TYPOGRAPHIC = str.maketrans("\u201c\u201d\u201e\u2033\u2018\u2019", '""""\'\'')


def rc_text(text: str) -> str:
    """Return the text of rc.conf(5) in a text, without what is no part of it."""
    return "".join(f"{line}\n" for line in _lines(plain(text, _BEGIN, comments=False)))


def _lines(text: str) -> Iterator[str]:
    inside = False  # a value that goes on
    for typed in text.split("\n"):
        line = _OF_GREP.sub("", typed, count=1)
        if line.count('"') % 2 or line.count("'") % 2:
            line = _ECHOED.sub("", line)
        if found := _OF_SYSRC.fullmatch(line):
            value = found[2].replace('"', "")
            line = f'{found[1]}="{value}"'
        if inside or _ASSIGNMENT.match(line):
            line = line.translate(_TYPOGRAPHIC)
        elif any(line.count(mark) % 2 for mark in "'\"`"):
            continue  # somebody's words: a shell would read on to the next mark
        yield line
        if line.count('"') % 2 and not line.lstrip().startswith("#"):
            inside = not inside

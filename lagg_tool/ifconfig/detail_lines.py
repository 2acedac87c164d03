"""Lines of words that belong to one kind of interface: bridge, CARP, wlan, tunnels.

ifbridge.c, ifcarp.c, ifieee80211.c, ifgif.c, ifvxlan.c and tun(4) print them without a
colon, so that the first word alone tells what a line is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lagg_tool.ifconfig.lines import Line


@dataclass(frozen=True, slots=True)
class Detail(Line):
    """``id 00:… priority 32768`` and its like; ``kind`` is a key of DETAILS, or "wlan more"."""

    kind: str
    indent: str
    words: str

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"{self.indent}{self.words}"


# How the line begins, without its indentation: the kind, and how ifconfig indents it.
DETAILS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"id [0-9a-fx:]{17} priority "), "bridge", "\t"),
    (re.compile(r"maxage \d"), "bridge", "\t"),
    (re.compile(r"root id "), "bridge root", "\t"),
    (re.compile(r"bridge flags="), "bridge flags", "\t"),
    (
        re.compile(r"(?:ifmaxaddr|port) \d|role \w+ state |(?:un)?tagged \d"),
        "bridge member",
        "\t        ",
    ),
    (re.compile(r"peer (?:[0-9.]+|[0-9a-f:]+)(?: peer6 |$)"), "carp", "\t      "),
    (re.compile(r"(?:ssid|meshid) \S|regdomain \S|country \S+ |authmode \S"), "wlan", "\t"),
    (re.compile(r"tunnel inet|vxlan vni "), "tunnel", "\t"),
    (re.compile(r"Opened by PID \d"), "opened", "\t"),
    (re.compile(r"SFF8\d{3} DUMP |(?:[0-9A-F]{2} ){7}"), "module dump", "\t"),  # with -vvv
)
# What a wlan's ssid line is followed by: as many lines as its options need.
WLAN_MORE = "wlan more"


def pairs(words: str) -> dict[str, str]:
    """Return ``priority 32768 hellotime 2`` as a mapping; a word without a partner is left out."""
    split = words.split()
    return dict(zip(split[::2], split[1::2], strict=False))

"""What a text without an interface seems to be instead."""

from __future__ import annotations

import re

# Other texts, by what only they have.
_ELSEWHERE = (
    (
        re.compile(
            r"flags=\d+<[^>]*> {2}mtu|txqueuelen|Link encap:|^\s*link/ether |> mtu \d+ qdisc ", re.M
        ),
        "ifconfig of Linux",
    ),
    (
        re.compile(r"flags=(?:0x)?[0-9a-f]+<[^>]*> (?:rdomain \d+ )?mtu|trunkproto"),
        "ifconfig of another BSD or macOS",
    ),
    (re.compile(r"^\s*(?:ifconfig_\w+|cloned_interfaces)=", re.M), "rc.conf (--rc-conf FILE)"),
    (re.compile(r": link state changed to (?:UP|DOWN)"), "the kernel's log (--dmesg FILE)"),
    (
        re.compile(r"^(?!.*flags=)(?=.*\b(?:lagg|bond|em|igb|ix|ixl|re|bge|mlx|cxl)\d)", re.S),
        "somebody's description, of which only the printed lines themselves can be read",
    ),
)


def what_else(text: str) -> str:
    """Return what a text without an interface seems to be: "; this is …", or nothing."""
    if not text.strip():
        return "; the text is empty"
    for sign, system in _ELSEWHERE:
        if sign.search(text):
            return f"; this looks like {system}"
    return ""

"""What a text without an interface seems to be instead."""

from __future__ import annotations

import re

# Other texts, by what only they have.
_ELSEWHERE = (
    (
        re.compile(r"^\W*(?:laggport: \w+ flags=|laggproto \w)", re.M),
        "an interface without its first line; copy that, too",
    ),
    (
        re.compile(r"<Link#\d+>|^\W*(?:Name +Mtu|Destination +Gateway) ", re.M),
        "netstat, which says nothing of a LAGG's ports; add the other",
    ),
    (
        re.compile(
            r"flags=\d+<[^>]*> {2}mtu|txqueuelen|Link encap:|^\s*link/ether |> mtu \d+ qdisc "
            r'|valid_lft |^\S+ +(?:UP|DOWN|UNKNOWN) +\S*[:.<]|"ifname"\s*:',
            re.M,
        ),
        "ifconfig or ip of Linux, and shows no ports of a bond; ip -d link does",
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

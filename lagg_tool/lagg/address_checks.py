"""Addresses of the LAGG that somebody else has, too, as the kernel says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lagg_tool.command import quote
from lagg_tool.lagg.finding import Cause, Finding, Seen

_OTHER_OWNER = re.compile(
    r"\barp: \S+ is using my IP address \S+ on (\S+?)!|\b(\w[\w.]*): DAD detected duplicate"
)


def duplicate_address(seen: Seen) -> Iterator[Finding]:
    """Find an address of the LAGG, or of a VLAN on it, that somebody else has, too."""
    name = seen.lagg.name
    for each in seen.listing.interfaces:
        if each.name != name and not (each.vlan and each.vlan.parent == name):
            continue
        lines = [line.strip() for line in seen.dmesg if _is_of(each.name, line)]
        twice = [
            f"{each.name} {line.number} duplicated"
            for line in each.inet6
            if "duplicated" in line.words
        ]
        if lines or twice:
            yield Finding(
                Cause.DUPLICATE_ADDRESS,
                each.name,
                (*twice, *lines[-1:]),
                "Another host has this address, or what the LAGG sends comes back to it by another "
                "port, which the switch does not have in the group.",
                f"ifconfig {quote(each.name)}; arp -an",
                "the MAC address in the kernel's message, looked up on the switch",
            )


def _is_of(name: str, line: str) -> bool:
    said = _OTHER_OWNER.search(line)
    return said is not None and name in said.groups()

"""What LACP makes of a port's media: its speed, its duplex, and its key.

``lacp_compose_key`` (sys/net/ieee8023ad_lacp.c) maps all media of one speed to one key, so
that an optic and a DAC cable join one aggregator. A port whose link is not full duplex, or
whose media is not known, does not run LACP at all (``lacp_linkstate``).
"""

from __future__ import annotations

import re

from lagg_tool.ifconfig import Interface, Port

# "1000baseT", "10Gbase-SR", "25GBase-SR", "2500Base-T", "10baseT/UTP"
_SPEED = re.compile(r"(\d+)(G?)base", re.IGNORECASE)
_INDIVIDUAL = 0x8000  # the key's bit for a port that cannot be aggregated


def media_in_use(interface: Interface) -> str:
    """Return the media that the link uses now, such as ``1000baseT <full-duplex>``.

    ifconfig adds parentheses only where it differs from what was selected.
    """
    media = interface.media
    if media is None:
        return ""
    words = media.selected if media.active is None else media.active
    return words.removeprefix("Ethernet ").removeprefix("manual ")


def speed_of(media: str) -> int | None:
    """Return the speed in Mbit/s; None for autoselect, none, or a word without a speed."""
    found = _SPEED.match(media)
    return int(found[1][:7]) * (1000 if found[2] else 1) if found else None


def is_full_duplex(media: str) -> bool:
    """Return whether ifconfig says full-duplex of these media."""
    return "full-duplex" in media


def lacp_key(port: Port) -> int | None:
    """Return the key by which the kernel sorts the port into aggregators (-v).

    None where it is not shown, or where the port cannot be aggregated.
    """
    if port.actor is None or port.actor.key & _INDIVIDUAL:
        return None
    return port.actor.key

"""The networks that a NAS has of its own, beside those that a scenario uses. Pure.

A TrueNAS refuses a network that another interface has, and any NAS sends by the interface that
had it first: what a scenario finds then is no word about a LAGG.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_interface

Network = IPv4Network | IPv6Network
_WORD = re.compile(r"[0-9A-Fa-f.:/]+", re.ASCII)


def network_of(text: str) -> Network | None:
    """Return the network of an address with its prefix; one without has itself alone."""
    try:
        return ip_interface(text).network
    except ValueError:
        return None


def networks_of(addresses: Iterable[tuple[str, str]]) -> dict[Network, str]:
    """Return the networks that may be in the way of a scenario's, with the interface of each.

    ``addresses`` are pairs of an interface and its address, with the prefix. Each host has
    loopback and link-local addresses.
    """
    found = {}
    for name, text in addresses:
        network = network_of(text)
        if network is not None and not (network.is_loopback or network.is_link_local):
            found[network] = name
    return found


def taken_in(texts: Iterable[str], own: Mapping[Network, str]) -> list[str]:
    """Return the networks of the NAS that a scenario uses, by its texts, in words."""
    words = (word.strip(".:") for text in texts for word in _WORD.findall(text))
    named = {network_of(word) for word in words if "." in word or ":" in word}
    used = [network for network in named if network is not None and network.prefixlen]
    return sorted(
        f"{network} on {name}"
        for network, name in own.items()
        if any(network.version == one.version and network.overlaps(one) for one in used)
    )

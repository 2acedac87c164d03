"""The hosts that a text shows, and the moments at which it shows each.

An output of ifconfig has every name once: where a name comes again, another output begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lagg_tool.ifconfig import Interface, Listing
from lagg_tool.wire.ethernet import octets


def hosts(listing: Listing, name: str) -> dict[str, Listing]:
    """Return what a text shows of each host with a LAGG of this name, by its MAC address.

    Several outputs are of one host, unless its LAGG has other addresses in each. The ports and
    VLANs of a LAGG have its MAC address, by which they are told from those of another host.
    """
    shown = [each for each in listing.interfaces if each.name == name and each.lagg]
    laggs = dict.fromkeys(each.ether for each in shown if octets(each.ether or ""))
    ours = [
        each
        for each in listing.interfaces
        if each.name == name or (each.vlan and each.vlan.parent == name)
    ]
    owned = [{n for each in ours if each.ether == mac for n in _numbers(each)} for mac in laggs]
    if not all(owned) or sum(map(len, owned)) > len(set().union(*owned)) or len(laggs) < 2:
        return {"": listing}
    kept: dict[str, list[Interface]] = {mac or "": [] for mac in laggs}
    for output in _outputs(listing):
        here = {each.ether for each in output if each.name == name} & set(laggs)
        for each in output:
            for mac in {each.ether} & set(laggs) or here or set(laggs):
                kept[mac or ""].append(each)
    return {mac: replace(listing, interfaces=tuple(found)) for mac, found in kept.items()}


def _numbers(interface: Interface) -> Iterator[str]:
    yield from (line.number for line in interface.inet)
    yield from (line.number for line in interface.inet6 if line.ip and not line.ip.is_link_local)


def _outputs(listing: Listing) -> Iterator[list[Interface]]:
    output: list[Interface] = []
    for each in listing.interfaces:
        if any(each.name == before.name for before in output):
            yield output
            output = []
        output.append(each)
    yield output


def moments(listing: Listing, name: str) -> list[tuple[Interface, Listing]]:
    """Return the LAGG at each moment that shows it, with all that was shown up to then."""
    found: list[tuple[Interface, Listing]] = []
    before: tuple[Interface, ...] = ()
    for output in _outputs(listing):
        before += tuple(output)
        found += [
            (each, replace(listing, interfaces=before))
            for each in output
            if each.name == name and each.lagg
        ]
    return found


def line_of(listing: Listing, interface: Interface) -> int | None:
    """Return the line of the text at which an interface begins, if that is certain."""
    text = listing.text
    headers = [*re.finditer(rf"(?<![\w.:]){re.escape(interface.name)}:\s+flags=", text)]
    named = [each for each in listing.interfaces if each.name == interface.name]
    if len(headers) != len(named):
        return None
    place = next(n for n, each in enumerate(named) if each is interface)
    return text.count("\n", 0, headers[place].start()) + 1

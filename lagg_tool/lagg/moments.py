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
    """Return the LAGG in each state that is shown, with all that was last shown up to then."""
    found: list[tuple[Interface, Listing]] = []
    known: dict[str, Interface] = {}
    for output in _outputs(listing):
        known |= {each.name: each for each in output}
        shown = tuple(known.values())
        for lagg in (each for each in output if each.name == name and each.lagg):
            if not found or found[-1][1].interfaces != shown:
                found.append((lagg, replace(listing, interfaces=shown)))
    return found


def in_time(listing: Listing) -> Listing:
    """Put what is quoted before what is not: the mail that quotes it is newer, and begins above."""
    if "\n>" not in listing.text:
        return listing
    outputs = [(_quoted(listing, output[0]), output) for output in _outputs(listing) if output]
    if len({deep for deep, _ in outputs}) < 2:
        return listing
    outputs.sort(key=lambda each: -each[0])
    return replace(listing, interfaces=tuple(each for _, output in outputs for each in output))


def _quoted(listing: Listing, interface: Interface) -> int:
    line = line_of(listing, interface)
    quote = re.match(r"[> ]*", listing.text.split("\n")[line - 1]) if line else None
    return quote[0].count(">") if quote else 0


def line_of(listing: Listing, interface: Interface) -> int | None:
    """Return the line of the text at which an interface begins, if that is certain."""
    text = listing.text
    headers = [*re.finditer(rf"(?<![\w.:]){re.escape(interface.name)}:\s+flags=", text)]
    named = [each for each in listing.interfaces if each.name == interface.name]
    if len(headers) != len(named):
        return None
    place = next(n for n, each in enumerate(named) if each is interface)
    return text.count("\n", 0, headers[place].start()) + 1

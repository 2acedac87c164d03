"""Causes that come and go: counters and dmesg.

A line that is there is evidence. One that is not there is none: the kernel's buffer is a
ring, and an interface may have been renamed since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lagg_tool.command import quote
from lagg_tool.lagg.finding import Cause, Finding, Seen

# A switch that restarts makes each port's partner go once: what it does twice is no fault yet.
_RESTARTS = 2
_LINK_FLAPS = 4
_STOPPED = re.compile(r"Interface stopped DISTRIBUTING\b")  # mail may break the line after it
_LINK = re.compile(r"link state changed to (UP|DOWN)\b *$")


def flapping(seen: Seen) -> Iterator[Finding]:
    """Find ports that stop distributing again and again because of their partner."""
    if any(port.state is not None and "EXPIRED" in port.state for port in seen.lagg.ports):
        return  # the partner times out now, which says more
    stops = {
        port.name: sum(1 for line in seen.log(port.name) if _STOPPED.search(line))
        for port in seen.lagg.ports
    }
    ports = {name: count for name, count in stops.items() if count}
    counted = seen.lagg.flapping or 0
    often = max(stops.values(), default=0) > _RESTARTS
    if counted <= _RESTARTS * len(stops) and not often:
        return
    most = max(ports, key=lambda name: ports[name], default=seen.lagg.name)
    yield Finding(
        Cause.FLAPPING,
        most,
        (
            *((f"{seen.lagg.name} flapping: {counted}",) if counted else ()),
            *(
                f"dmesg, {count} times: {name}: Interface stopped DISTRIBUTING, possible flapping"
                for name, count in ports.items()
            ),
        ),
        "The partner was lost and found again this often since the LAGG was made: its LACPDUs "
        "come late or not at all, because of a loaded switch, a marginal cable, or a fast timeout "
        "at one end only.",
        f"lagg-tool watch {quote(seen.lagg.name)}",
        f"lagg-tool watch {quote(seen.lagg.name)}, which names the port and the times"
        if ports
        else "dmesg (--dmesg FILE), which names the port; lagg-tool watch names it with times",
    )


def link_flaps(seen: Seen) -> Iterator[Finding]:
    """Find a port whose link went down far more often than that of the others."""
    downs = {
        port.name: sum(
            1 for line in seen.log(port.name) if (m := _LINK.search(line)) and m[1] == "DOWN"
        )
        for port in seen.lagg.ports
    }
    for name, count in downs.items():
        others = max((each for other, each in downs.items() if other != name), default=0)
        if count >= max(_LINK_FLAPS, 2 * others):
            yield Finding(
                Cause.LINK_FLAPS,
                name,
                (f"dmesg, {count} times: {name}: link state changed to DOWN",),
                "The link was lost this often, that of the other ports was not: the cable, the "
                "transceiver or one port of the switch. The flapping counter does not count "
                "these (B-22).",
                f"lagg-tool watch {quote(seen.lagg.name)}",
                "another cable in its place, and no further line in dmesg",
            )


def stale_link_state(seen: Seen) -> Iterator[Finding]:
    """Find B-01: ports are active, and the kernel last reported the LAGG's link as DOWN."""
    usable = [port for port in seen.lagg.ports if "ACTIVE" in port.flags]
    changes = [m[1] for line in seen.log(seen.lagg.name) if (m := _LINK.search(line))]
    if seen.is_lacp or seen.protocol == "none" or not usable or changes[-1:] != ["DOWN"]:
        return
    name, last = quote(seen.lagg.name), quote(seen.lagg.ports[-1].name)
    yield Finding(
        Cause.STALE_LINK_STATE,
        seen.lagg.name,
        (
            "last link change in dmesg: DOWN",
            f"status: {seen.lagg.status}",
            f"{usable[0].name} flags={usable[0].flags.text}",
        ),
        "A change of protocol does not recompute the link state. Routes over the LAGG "
        'are refused with "No route to host" until a port leaves, joins, or its link changes.',
        f"ifconfig {name} -laggport {last}; ifconfig {name} laggport {last}",
        'a ping over the LAGG that is refused at once with "No route to host"',
    )

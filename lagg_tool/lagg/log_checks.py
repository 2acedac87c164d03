"""Causes that come and go: counters and dmesg.

A line that is there is evidence. One that is not there is none: the kernel's buffer is a
ring, and an interface may have been renamed since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lagg_tool.command import quote
from lagg_tool.lagg.finding import NOTHING_MORE, Cause, Finding, Seen
from lagg_tool.lagg.port_checks import port_has_address, same_network

# A switch that restarts makes each port's partner go once: what it does twice is no fault yet.
_RESTARTS = 2
_LINK_FLAPS = 4
_MANY_FLAPS = 8
# Mail may break the line after it; people who type it off a console leave the port out.
_STOPPED = re.compile(r"Interface stopped DISTRIBUTING\b", re.IGNORECASE)
_NAMELESS = re.compile(
    rf"(?:^|\W(?:kernel|dmesg):\s*|[\]>]\s*)\s*{_STOPPED.pattern}", re.IGNORECASE
)


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
    nameless = sum(1 for line in seen.dmesg if _NAMELESS.search(line))
    often = max(nameless, *stops.values(), 0) > _RESTARTS
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
            *(
                (f"{nameless} times, of no port: stopped DISTRIBUTING, possible flapping",)
                if nameless
                else ()
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
    """Find a port whose link went down far more often than that of the others, or very often."""
    downs = {port.name: seen.link_changes(port.name).count("DOWN") for port in seen.lagg.ports}
    for name, count in downs.items():
        others = max((each for other, each in downs.items() if other != name), default=0)
        if count >= max(_LINK_FLAPS, min(2 * others, _MANY_FLAPS)):
            yield _flaps(seen, name, count)
    count = seen.link_changes(seen.lagg.name).count("DOWN")
    if not any(downs.values()) and count >= _MANY_FLAPS:
        yield _flaps(seen, seen.lagg.name, count)


def _flaps(seen: Seen, name: str, count: int) -> Finding:
    return Finding(
        Cause.LINK_FLAPS,
        name,
        (f"dmesg, {count} times: {name}: link state changed to DOWN",),
        "The link was lost this often: the cable, the transceiver, the card's driver, or the "
        "switch's port. The flapping counter does not count these (B-22).",
        f"lagg-tool watch {quote(seen.lagg.name)}",
        "another cable in its place, and no further line in dmesg",
    )


# iflib(9), re(4), bge(4), bce(4); ixl(4), of a queue
_WATCHDOG = re.compile(
    r"\bwatchdog timeout\b|\bappears to be hung\b|\bMalicious Driver Detection event\b",
    re.IGNORECASE,
)


def resets(seen: Seen) -> Iterator[Finding]:
    """Find a card that stopped sending, so that its driver reset it."""
    for port in seen.lagg.ports:
        lines = [line for line in seen.log(port.name) if _WATCHDOG.search(line)]
        if lines:
            yield Finding(
                Cause.RESETS,
                port.name,
                (f"dmesg, {len(lines)} times: {port.name}: {lines[-1]}",),
                "The card took frames and sent none, and its driver reset it, which takes the "
                "link for some seconds: the card, its driver or its interrupts, not the LAGG. "
                "Another driver or card is the usual way out.",
                f"netstat -I {quote(port.name)} -d; vmstat -i",
                f"the same traffic by {port.name} outside of the LAGG, and the line again",
            )


# netstat -i: name, MTU, <Link#1>, address, packets received, errors among them.
_COUNTERS = re.compile(
    r"\s*(\S+?)\*?\s+\d+\s+<Link#\d+>\s+(?:[0-9a-f:]{17}\s+)?(\d{1,20})\s+(\d{1,20})\s"
)
_ERRORS = 100  # and one frame of a thousand: less is left by cables that were pulled


def port_errors(seen: Seen) -> Iterator[Finding]:
    """Find a port that netstat counts damaged frames of."""
    counted = {said[1]: said for line in seen.dmesg if (said := _COUNTERS.match(line))}
    for port in seen.lagg.ports:
        said = counted.get(port.name)
        if said and int(said[3]) >= max(_ERRORS, int(said[2]) // 1000):
            yield Finding(
                Cause.PORT_ERRORS,
                port.name,
                (f"netstat -i: {port.name} Ipkts {said[2]} Ierrs {said[3]}",),
                "Frames arrive with a wrong checksum, or the card could not take them: the cable, "
                "the transceiver, or another duplex at the other end. Only flows that come by "
                "this port suffer, so that the network seems slow at times.",
                f"netstat -I {quote(port.name)} -w 1",
                "the same counters a minute later: these count since the boot",
            )


# netstat -rn: destination, gateway, flags, perhaps counters, interface, perhaps a time.
_ROUTE = re.compile(
    r"(default|[\da-f.:]+(?:/\d+)?)\s+\S+\s+U[A-Zb1-3]*\s+(?:\d+\s+)*([a-z]\w*\d)(?:\s+\d+)?$"
)


def port_has_route(seen: Seen) -> Iterator[Finding]:
    """Find a route that leaves by a port, as netstat -rn shows it last."""
    known = {finding.where for finding in port_has_address(seen)}
    said = [each for line in seen.dmesg if (each := _ROUTE.match(line.strip()))]
    last = {(each[1], ":" in each[0]): each for each in said}.values()  # of IPv4, of IPv6
    for port in seen.lagg.ports:
        routes = [each[0] for each in last if each[2] == port.name]
        if routes and port.name not in known:
            yield Finding(
                Cause.PORT_HAS_ROUTE,
                port.name,
                tuple(routes),
                "What this route takes is sent into the port, past the LAGG. It was left by an "
                "address that the port had, or names the port in rc.conf.",
                "netstat -rn",
                "nothing more, if the text is of one moment",
            )


_NO_CHECKSUM = re.compile(r"\b(\w+) drop mbuf that needs checksum offload")


def offload(seen: Seen) -> Iterator[Finding]:
    """Find frames that netmap(4) drops since their checksum is not made yet."""
    ours = {seen.lagg.name, *(port.name for port in seen.lagg.ports)}
    dropped = {said[1] for line in seen.dmesg if (said := _NO_CHECKSUM.search(line))}
    for name in sorted(dropped & ours):
        yield Finding(
            Cause.OFFLOAD,
            name,
            (f"dmesg: {name} drop mbuf that needs checksum offload",),
            "A program takes the frames by netmap(4), as an IPS does, and the kernel leaves "
            "their checksums to the card: netmap drops what has none. Switch that off, also at "
            "VLANs and ports, or let the program leave the LAGG alone.",
            f"ifconfig {quote(name)} -txcsum -txcsum6 -tso",
            NOTHING_MORE,
        )


_MODULE = re.compile(
    r"\b(?:unsupported|unqualified|unknown)\b.{0,20}\b(?:Q?SFP\S*|module|transceiver|cable)\b",
    re.IGNORECASE,
)


def bad_module(seen: Seen) -> Iterator[Finding]:
    """Find a port without link whose driver does not want its module."""
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        lines = [line for line in seen.log(port.name) if _MODULE.search(line)]
        if lines and (interface is None or interface.status != "active"):
            yield Finding(
                Cause.BAD_MODULE,
                port.name,
                (f"dmesg: {port.name}: {lines[-1]}",),
                "The driver does not know the module and leaves its laser off: use one that the "
                "card's maker lists, or allow others (ix(4): hw.ix.unsupported_sfp=1 in "
                "loader.conf).",
                f"ifconfig -v {quote(port.name)}",
                "a module of the card's maker in its place",
            )


_NO_MTU = re.compile(r"(?:invalid|cannot change) MTU for (\S+)")
# Up to FreeBSD 9 without names.
_REFUSED = re.compile(r"\bifconfig: (?:(\S+) (\S+): )?SIOCSLAGGPORT: (\S.*?)\s*$")
_WHY = {
    "Device busy": "It is a port of another LAGG.",
    "Invalid argument": "There is no such interface when the LAGG is made, or it has another MTU "
    "that it cannot change (before FreeBSD 11: any other MTU).",
    "Protocol not supported": "Not an Ethernet interface; of a wireless card wlan0 is the port.",
    "No space left on device": "A LAGG has 32 ports at most.",
}


def port_refused(seen: Seen) -> Iterator[Finding]:
    """Find a port that the kernel did not let into the LAGG, and that it still has not."""
    name = seen.lagg.name
    refused = {
        said[1]: (f"{name}: {line}", "The port's driver does not take the MTU of the LAGG.")
        for line in seen.log(name)
        if (said := _NO_MTU.search(line))
    }
    for line in seen.dmesg:
        said = _REFUSED.search(line)
        nameless = said is not None and said[1] is None and len(seen.lagg.ports) < 2
        if said and (said[1] == name or nameless) and said[3] != "File exists":
            refused.setdefault(said[2] or "PORT", (said[0], _WHY.get(said[3], said[3] + ".")))
    ports = {port.name for port in seen.lagg.ports}
    for port, (line, why) in refused.items():
        if port not in ports:
            yield Finding(
                Cause.PORT_REFUSED,
                name if port == "PORT" else port,
                (line,),
                why,
                f"ifconfig {quote(name)} laggport {quote(port)}",
                "the same refusal again, by this command",
            )


_ANOTHER_CARD = re.compile(r"\barp: (\S+) is on (\S+) but got reply from (\S+) on (\S+)")


def same_wire(seen: Seen) -> Iterator[Finding]:
    """Find another interface by which answers come that belong to the LAGG (arp(4))."""
    ours = {seen.lagg.name, *(port.name for port in seen.lagg.ports)}
    known = {finding.where for finding in same_network(seen)}
    heard: dict[str, list[str]] = {}
    for line in seen.dmesg:
        said = _ANOTHER_CARD.search(line)
        other = {said[2], said[4]} - ours if said else set()
        if said and len(other) == 1 and seen.lagg.name in (said[2], said[4]):
            heard.setdefault(other.pop(), []).append(said[0])
    for name, lines in heard.items():
        if name not in known and len(lines) > 1:  # one line is left by a cable that was moved
            yield Finding(
                Cause.SAME_NETWORK,
                name,
                (f"dmesg, {len(lines)} times: {lines[-1]}",),
                "The LAGG and this interface are on one wire, in one VLAN of the switch: answers "
                "come and go by either.",
                f"ifconfig {quote(name)}",
                NOTHING_MORE,
            )


def stale_link_state(seen: Seen) -> Iterator[Finding]:
    """Find B-01: ports are active, and the kernel last reported the LAGG's link as DOWN."""
    usable = [port for port in seen.lagg.ports if "ACTIVE" in port.flags]
    changes = seen.link_changes(seen.lagg.name)
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

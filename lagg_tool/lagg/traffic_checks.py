"""Causes that only traffic shows: what somebody has measured, or the kernel has said of frames."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lagg_tool.command import quote
from lagg_tool.ifconfig import Inet6
from lagg_tool.lagg.finding import Cause, Finding, Seen, first_said, last_seen
from lagg_tool.lagg.media import media_in_use, speed_of

_BY_MAC = re.compile(
    r"load-balanc.{0,80}?(?<![\w-])(?:src|dst|source|destination)-mac\b|^\s*(?:src|dst)-mac\s*$"
    r"|transmit-hash-policy=layer-2(?!-)",
    re.IGNORECASE,
)


def coarse_hash(seen: Seen) -> Iterator[Finding]:
    """Find a hash, of the LAGG or of the switch, that takes what is behind a router for one."""
    layers = seen.lagg.lagg.layers if seen.lagg.lagg else None
    own = seen.protocol in {"lacp", "loadbalance"} and layers == ("l2",)
    line = first_said(seen, _BY_MAC)
    active = sum("ACTIVE" in port.flags for port in seen.lagg.ports)
    if (own or line) and active > 1:
        yield Finding(
            Cause.HASH,
            seen.lagg.name,
            (*(("lagghash l2",) if own else ()), *((line,) if line else ())),
            "The hash takes MAC addresses alone. All that passes one router has the same ones, and "
            "uses one port, while the others stay idle. Add IP addresses and TCP ports to it.",
            f"ifconfig {quote(seen.lagg.name)} lagghash l2,l3,l4",
            "netstat -I PORT -w 1 on each port, while several clients load the LAGG",
        )


_MEASURED = re.compile(r"\b(\d{1,6}(?:\.\d+)?) ([MG])bits/sec")
_OF_ONE = (0.5, 1.0)  # of one port's speed: less has another cause


def one_connection(seen: Seen) -> Iterator[Finding]:
    """Find that iperf got what one port gives, with ports that work."""
    ports = [port for port in seen.lagg.ports if "ACTIVE" in port.flags]
    media = [media_in_use(each) for port in ports if (each := seen.interface(port))]
    speeds = {speed for each in media if (speed := speed_of(each))}
    got = {
        float(found[1]) * (1000 if found[2] == "G" else 1): line.strip()
        for line in seen.dmesg
        for found in _MEASURED.finditer(line)
    }
    if (
        seen.protocol not in {"lacp", "loadbalance"}
        or len(ports) < 2
        or len(speeds) != 1
        or not got
    ):
        return
    speed, most = speeds.pop(), max(got)
    if _OF_ONE[0] <= most / speed <= _OF_ONE[1]:
        yield Finding(
            Cause.ONE_CONNECTION,
            seen.lagg.name,
            (got[most], f"{len(ports)} active ports of {speed} Mbit/s"),
            "The hash keeps each connection on one port, so that its frames stay in order: one "
            "alone is never faster than a port, and between two hosts all may share one port. "
            "Several clients together use all ports.",
            "netstat -I PORT -w 1",
            "iperf3 from several hosts at once: together they get more than one port's speed",
        )


_DISORDER = re.compile(
    r"\b[1-9]\d{0,18} out-of-order packet|\bre-?order|\bout of order\b|\bretransmi", re.IGNORECASE
)


def disorder(seen: Seen) -> Iterator[Finding]:
    """Find that roundrobin puts packets of one connection out of order."""
    line = first_said(seen, _DISORDER) if seen.protocol == "roundrobin" else ""
    if line:
        yield Finding(
            Cause.DISORDER,
            seen.lagg.name,
            (f"laggproto {seen.protocol}", line),
            "Packets of one connection leave by all ports in turn and overtake each other; TCP "
            "takes that for loss, and sends slower. Choose lacp, or loadbalance.",
            f"ifconfig {quote(seen.lagg.name)} laggproto lacp",
            "netstat -s -p tcp at the receiver: out-of-order packets increase with the traffic",
        )


_OTHER_OWNER = re.compile(
    r"\barp: \S+ is using my IP address \S+ on (\S+?)!|\b(\w[\w.]*): DAD detected duplicate"
)
_MOVED = re.compile(r"\barp: (\S+) moved from \S+ to \S+ on (\S+)")
_OFTEN = 4


def duplicate_address(seen: Seen) -> Iterator[Finding]:
    """Find an address of the LAGG, or of a VLAN on it, that somebody else has, too."""
    name = seen.lagg.name
    for each in seen.listing.interfaces:
        if each.name != name and not (each.vlan and each.vlan.parent == name):
            continue
        lines = [line.strip() for line in seen.dmesg if _is_of(each.name, line)]
        twice = [f"{each.name} {line.number} duplicated" for line in each.inet6 if _is_twice(line)]
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
        moves = Counter(
            m[1] for said in seen.dmesg if (m := _MOVED.search(said)) and m[2] == each.name
        )
        for address, count in moves.items():
            if count >= _OFTEN:
                yield Finding(
                    Cause.DUPLICATE_ADDRESS,
                    each.name,
                    (f"{count} times: arp: {address} moved",),
                    "Two MAC addresses answer for it in turn: two hosts have it, or a client's "
                    "bond sends by each port with another (balance-alb).",
                    f"arp -n {quote(address)}",
                    "both MAC addresses in the kernel's message, looked up on the switch",
                )


def _is_of(name: str, line: str) -> bool:
    said = _OTHER_OWNER.search(line)
    return said is not None and name in said.groups()


def _is_twice(line: Inet6) -> bool:
    return "duplicated" in line.words


_PROMISCUOUS = re.compile(r": promiscuous mode (?:enabled|disabled)")


def vlan_filter(seen: Seen) -> Iterator[Finding]:
    """Find VLANs whose traffic somebody looked for with tcpdump, on ports that filter VLANs."""
    ports = [port.name for port in seen.lagg.ports]
    last = [line for line in seen.dmesg if _PROMISCUOUS.search(line)][-1:]
    vlans = [each.name for each in seen.listing.interfaces if each.vlan]
    filtering = [
        name
        for name in ports
        if (each := last_seen(seen.listing, name)) and "VLAN_HWFILTER" in (each.options or ())
    ]
    if vlans and filtering and last and last[0].rstrip().endswith("disabled"):
        yield Finding(
            Cause.VLAN_FILTER,
            filtering[0],
            (f"{filtering[0]} options=…VLAN_HWFILTER", last[0].strip()),
            "The card drops VLANs that its driver was not told of, and takes all while tcpdump "
            "runs. If the VLANs work only then, this is the cause.",
            "; ".join(f"ifconfig {quote(name)} -vlanhwfilter" for name in filtering),
            "traffic of the VLAN that works without tcpdump after that",
        )

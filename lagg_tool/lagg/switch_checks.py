"""Causes that a pasted text shows from the switch's side: its configuration, its tables, its log.

Each check needs a line as a switch prints it, and a fact of ifconfig that do not fit together.
Where a text shows several groups, or ports in none, nobody knows which are the NAS's, and nothing
is said.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from lagg_tool.command import quote
from lagg_tool.lagg.finding import Cause, Finding, Seen, first_said, is_silent
from lagg_tool.wire.ethernet import octets

_SWITCH = "the switch's own view of its ports: show lacp, show etherchannel, or the like"
# Cisco and Arista, MikroTik, HP and Aruba, Netgear, Ubiquiti, Dell, Comware; no prose.
_STATIC = re.compile(
    r"^channel-group \d+ mode on\b|\bmode=(?:balance-|broadcast)|\btrk\d+ +trunk\b"
    r"|\btype\.{3,} static\b|aggregation mode[ .:]+static\b|\bPo\d+\(\w+\) +(?:Eth +)?(?:-|NONE) "
    r"|^(?:lag|port-?channel|etherchannel|trunk)\b.{0,80}\b(?:type|mode)[.:] *static\b",
    re.IGNORECASE,
)
# A group that is in use, Po1(SU), has a partner that speaks LACP.
_LACP = re.compile(
    r"^channel-group \d+ mode (?:active|passive)\b|\bmode=802\.3ad\b|\btrk\d+ +lacp\b"
    r"|\btype\.{3,} dynamic\b|aggregation mode[ .:]+dynamic\b"
    r"|^(?:lag|port-?channel|etherchannel|trunk)\b.{0,80}\b(?:type|mode)[.:] *lacp\b"
    r"|\bPo\d+\((?![SR]U)\w+\) +(?:Eth +)?LACP\b"
    r"|^set .* aggregated-ether-options lacp (?:active|passive|periodic)\b"
    r"|^lacp (?:active|passive);|LACP currently not enabled on the remote port",
    re.IGNORECASE,
)
_STANZA = re.compile(r"interface +(?!vlan)(\S.*)", re.IGNORECASE)
_GROUP = re.compile(r"(?:po(?:rt-?channel)?|lag|trk|bridge-aggregation) *(\d+)$", re.IGNORECASE)
_MEMBER = re.compile(r"channel-group (\d+)\b", re.IGNORECASE)


def _stanzas(seen: Seen) -> dict[str, list[str]]:
    """Return the lines of each group's interfaces, by its number; "" has those of other ports."""
    found: dict[str, list[str]] = {}
    lines = [line.strip() for line in seen.dmesg]
    begins = [number for number, line in enumerate(lines) if _STANZA.match(line)]
    for begin, end in itertools.pairwise([*begins, len(lines)]):
        header, *own = lines[begin:end]
        members = (_MEMBER.match(line) for line in own)
        member = _GROUP.search(header) or next(filter(None, members), None)
        found.setdefault(member[1] if member else "", []).extend(own)
    return found


def other_group(seen: Seen) -> Iterator[Finding]:
    """Find a switch that groups the ports in another way than the LAGG does."""
    static, lacp = first_said(seen, _STATIC), first_said(seen, _LACP)
    line, name = static or lacp, seen.lagg.name
    if not line or (static and lacp) or not seen.lagg.ports:
        return
    groups = _stanzas(seen)
    if seen.is_lacp and static and any(map(is_silent, seen.lagg.ports)):
        cause = Cause.STATIC_PARTNER
        meaning = "The switch's group is static and sends no LACPDU. Make it an LACP group."
    elif "" in groups or len(groups) > 1:
        return
    elif lacp and not seen.is_lacp:
        cause = Cause.PARTNER_SPEAKS_LACP
        meaning = (
            "The switch waits for LACPDUs, which this protocol does not send: most switches then "
            "pass no data, or group no ports."
        )
    elif static and seen.protocol == "failover":
        cause = Cause.GROUPED
        meaning = (
            "The switch sends by all ports of its group, and the LAGG takes what comes by the "
            "active one. Dissolve the group, or choose LACP at both ends."
        )
    else:
        return
    protocol = f"laggproto {seen.protocol}"
    yield Finding(cause, name, (protocol, line), meaning, f"ifconfig -v {quote(name)}", _SWITCH)


_MOVES = re.compile(r"\bflapping between port|\bMAC[ _-]?(?:flap|move)", re.IGNORECASE)
_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]?){2}(?:[.:-]?[0-9a-f]{2}[:-]?[0-9a-f]{2}){2}", re.IGNORECASE)


def not_grouped(seen: Seen) -> Iterator[Finding]:
    """Find a switch that learns the LAGG's MAC address at one port after the other.

    LACP groups the ports by itself, and failover moves the address when a link is lost.
    """
    ours = octets(seen.lagg.ether or "")
    lines = [
        line.strip()
        for line in seen.dmesg
        if _MOVES.search(line)
        and any(octets(each[0].replace(".", "")) == ours for each in _MAC.finditer(line))
    ]
    if ours and lines and seen.protocol in {"loadbalance", "roundrobin"}:
        yield Finding(
            Cause.NOT_GROUPED,
            seen.lagg.name,
            (f"laggproto {seen.protocol}", f"{len(lines)} times: {lines[-1]}"),
            "The switch sees one MAC address at several ports that it has in no group: answers "
            "go to the port that was heard last. Put its ports into one group.",
            f"ifconfig -v {quote(seen.lagg.name)}",
            _SWITCH,
        )


_MTU = re.compile(
    r"^[ \t]*MTU (\d+) bytes, BW|\bsystem mtu (?:jumbo )?(\d+)"
    r"|\bSystem (?:Jumbo )?MTU size is (\d+)|\bl2mtu=(\d+)"
    r"|\bLink-level type: .{0,80}\bMTU: (\d+)|\bmax(?:imum)? frame size[.:]+ *(\d+)",
    re.IGNORECASE,
)
# show interface of Cisco: what is routed has an MTU of its own.
_SHOWN = re.compile(r"(\S+) is (?:up|down|administratively down), line protocol\b")
_ROUTED = re.compile(r"Vlan|Loopback|Tunnel|Management", re.IGNORECASE)


def switch_mtu(seen: Seen) -> Iterator[Finding]:
    """Find a switch that takes no frames as large as the LAGG's."""
    # Some have one for slow ports, and another for the rest.
    most, line = max(
        (
            (int(next(filter(None, found.groups()))[:9]), line.strip())
            for line in _not_routed(seen.dmesg)
            for found in _MTU.finditer(line)
        ),
        default=(seen.lagg.mtu, ""),
    )
    if most < seen.lagg.mtu:
        yield Finding(
            Cause.MTU,
            seen.lagg.name,
            (f"{seen.lagg.name} mtu {seen.lagg.mtu}", line),
            "The switch drops what is larger than its own MTU, without a word to the sender.",
            "ping -D -s SIZE ADDRESS",
            f"a ping of {seen.lagg.mtu - 28} octets (-D) that is lost, and a small one that is not",
        )


def _not_routed(lines: Iterable[str]) -> Iterator[str]:
    routed = False
    for line in lines:
        if shown := _SHOWN.match(line.strip()):
            routed = _ROUTED.match(shown[1]) is not None
        if not routed:
            yield line


_NATIVE = re.compile(r"switchport trunk native vlan (\d{1,4})\b", re.IGNORECASE)
_ALLOWED = re.compile(r"switchport trunk allowed vlan (?:add )?(\d[\d,-]{0,200})", re.IGNORECASE)
_LAST_VLAN = 4094
_ACCESS = re.compile(r"switchport (?:mode access|access vlan \d+)", re.IGNORECASE)
_TRUNK = re.compile(r"switchport (?:mode )?trunk", re.IGNORECASE)


def switch_vlan(seen: Seen) -> Iterator[Finding]:
    """Find a VLAN that the NAS tags and the switch's group does not, or the other way round."""
    groups = [lines for group, lines in _stanzas(seen).items() if group]
    if len(groups) != 1:
        return
    name = seen.lagg.name
    tags = {
        each.name: each.vlan.tag
        for each in seen.listing.interfaces
        if each.vlan and each.vlan.parent == name
    }
    natives = {int(n[1]): line for line in groups[0] if (n := _NATIVE.match(line))}
    listed = {line: [*_tags(n[1])] for line in groups[0] if (n := _ALLOWED.match(line))}
    allowed = set().union(*listed.values())
    for vlan, tag in tags.items():
        if tag in natives and len(natives) == 1:
            yield _vlan(vlan, f"tag {tag}", natives[tag])
        elif allowed and tag not in allowed:
            yield _vlan(vlan, f"tag {tag}", next(iter(listed)))
    access = [line for line in groups[0] if _ACCESS.match(line)]
    if tags and access and not any(map(_TRUNK.match, groups[0])):
        yield _vlan(name, f"VLANs {', '.join(tags)}", access[0])
    if seen.lagg.inet and not tags and allowed and natives and not allowed & set(natives):
        yield _vlan(name, "its addresses are in no VLAN", next(iter(natives.values())))


def _tags(text: str) -> Iterator[int]:
    for first, last in re.findall(r"(\d{1,4})(?:-(\d{1,4}))?", text):
        yield from range(int(first), min(int(last or first), _LAST_VLAN) + 1)


def _vlan(where: str, ours: str, line: str) -> Finding:
    return Finding(
        Cause.SWITCH_VLAN,
        where,
        (f"{where}: {ours}", line.strip()),
        "What one end sends with a tag the other takes without, or drops: a native VLAN has no "
        "tag, an access port none, and a trunk passes only VLANs that are allowed there.",
        f"ifconfig {quote(where)}",
        f"tcpdump -e on a port of the LAGG, while {where} is pinged from the other side",
    )

"""Causes that a pasted text shows from the switch's side: its configuration, its tables, its log.

Each check needs a line of the switch and a fact of ifconfig that do not fit together. Where a text
shows switch ports of both kinds, nobody knows which are the NAS's, and nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lagg_tool.command import quote
from lagg_tool.lagg.finding import Cause, Finding, Seen, first_said, is_silent
from lagg_tool.wire.ethernet import octets

_SWITCH = "the switch's own view of its ports: show lacp, show etherchannel, or the like"
# Cisco and Arista, MikroTik, HP and Aruba, Netgear, Ubiquiti, Dell, Comware
_STATIC = re.compile(
    r"\bchannel-group \d+ mode on\b|\bmode=(?:balance-|broadcast)|\btrk\d+ +trunk\b"
    r"|\btype\.{3,} static\b|aggregation mode[ .:]+static\b|\bPo\d+\(\w+\) +(?:Eth +)?(?:-|NONE) "
    r"|\b(?:lag|port-?channel|etherchannel|trunk)\b.{0,80}\b(?:type|mode)[ .:]+static\b",
    re.IGNORECASE,
)
_LACP = re.compile(
    r"\bchannel-group \d+ mode (?:active|passive)\b|\bmode=802\.3ad\b|\btrk\d+ +lacp\b"
    r"|\btype\.{3,} dynamic\b|aggregation mode[ .:]+dynamic\b"
    r"|\b(?:lag|port-?channel|etherchannel|trunk)\b.{0,80}\b(?:type|mode)[ .:]+lacp\b"
    r"|\bPo\d+\(\w+\) +(?:Eth +)?LACP\b|\blacp (?:active|passive|periodic) *;?$"
    r"|LACP currently not enabled on the remote port",
    re.IGNORECASE,
)


def other_group(seen: Seen) -> Iterator[Finding]:
    """Find a switch that groups the ports in another way than the LAGG does."""
    static, lacp = first_said(seen, _STATIC), first_said(seen, _LACP)
    line, name = static or lacp, seen.lagg.name
    if not line or (static and lacp) or not seen.lagg.ports:
        return
    if seen.is_lacp and static and any(map(is_silent, seen.lagg.ports)):
        cause = Cause.STATIC_PARTNER
        meaning = "The switch's group is static and sends no LACPDU. Make it an LACP group."
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


_MOVES = re.compile(r"\bflapping between port|\bMAC[ -_]?(?:flap|move)", re.IGNORECASE)
_NO_GROUPS = re.compile(r"\b(?:unmanaged|dumb) switch", re.IGNORECASE)
_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]?){2}(?:[.:-]?[0-9a-f]{2}[:-]?[0-9a-f]{2}){2}", re.IGNORECASE)


def not_grouped(seen: Seen) -> Iterator[Finding]:
    """Find a switch that learns the LAGG's MAC address at one port after the other."""
    ours = octets(seen.lagg.ether or "")
    lines = [
        line.strip()
        for line in seen.dmesg
        if _MOVES.search(line)
        and any(octets(each[0].replace(".", "")) == ours for each in _MAC.finditer(line))
    ]
    shown = [f"{len(lines)} times: {lines[-1]}"] if ours and lines else []
    if seen.protocol in {"loadbalance", "roundrobin"} and (line := first_said(seen, _NO_GROUPS)):
        shown.append(line)
    if shown and seen.protocol != "failover":
        yield Finding(
            Cause.NOT_GROUPED,
            seen.lagg.name,
            (f"laggproto {seen.protocol}", *shown),
            "The switch sees one MAC address at several ports that it has in no group: answers "
            "go to the port that was heard last. Put its ports into one group.",
            f"ifconfig -v {quote(seen.lagg.name)}",
            _SWITCH,
        )


_MTU = re.compile(
    r"\bMTU (\d+) bytes|\bsystem mtu (?:jumbo )?(\d+)|\bSystem (?:Jumbo )?MTU size is (\d+)"
    r"|\bl2mtu=(\d+)|\bLink-level type: .{0,80}\bMTU: (\d+)|\bmax(?:imum)? frame size[ .:]+(\d+)",
    re.IGNORECASE,
)


def switch_mtu(seen: Seen) -> Iterator[Finding]:
    """Find a switch that takes no frames as large as the LAGG's."""
    # Some have one for slow ports, and another for the rest.
    most, line = max(
        (
            (int(next(filter(None, found.groups()))[:9]), line.strip())
            for line in seen.dmesg
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


_NATIVE = re.compile(r"\bnative[- ]vlan(?:-id)? (\d+)|\bpvid=(\d+)", re.IGNORECASE)
_ALLOWED = re.compile(r"\ballowed vlan (?:add )?(\d[\d,-]{0,200})", re.IGNORECASE)
_LAST_VLAN = 4094
_ACCESS = re.compile(r"\bswitchport (?:mode access|access vlan \d+)", re.IGNORECASE)
_TRUNK = re.compile(r"\bswitchport (?:mode )?trunk", re.IGNORECASE)
_TAGGED = re.compile(r"(?<![\w-])tagged (?:\S*,)?(?:trk|lag|po)\d", re.IGNORECASE)
_UNTAGGED = re.compile(r"(?<![\w-])untagged (?:\S*,)?(?:trk|lag|po)\d", re.IGNORECASE)


def switch_vlan(seen: Seen) -> Iterator[Finding]:
    """Find a VLAN that the NAS tags and the switch does not, or the other way round."""
    name = seen.lagg.name
    tags = {
        each.name: each.vlan.tag
        for each in seen.listing.interfaces
        if each.vlan and each.vlan.parent == name
    }
    natives = {int((n[1] or n[2])[:5]): line for line in seen.dmesg for n in _NATIVE.finditer(line)}
    listed = {n[1] for line in seen.dmesg for n in _ALLOWED.finditer(line)}
    allowed = {tag for text in listed for tag in _tags(text)}
    untagged = bool(seen.lagg.inet) and not tags
    for vlan, tag in tags.items():
        if tag in natives and len(natives) == 1:
            yield _vlan(vlan, f"tag {tag}", natives[tag])
        elif allowed and tag not in allowed:
            yield _vlan(vlan, f"tag {tag}", first_said(seen, _ALLOWED))
    access, tagged = first_said(seen, _ACCESS), first_said(seen, _TAGGED)
    if tags and access and not first_said(seen, _TRUNK):
        yield _vlan(name, f"VLANs {', '.join(tags)}", access)
    if untagged and tagged and not first_said(seen, _UNTAGGED):
        yield _vlan(name, "its addresses are in no VLAN", tagged)
    if untagged and allowed and natives and not allowed & set(natives):
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

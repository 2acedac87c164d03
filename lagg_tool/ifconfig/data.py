"""A Listing as plain data, for ``show --json`` and ``parse --json``; nothing is left out."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from lagg_tool.ifconfig.detail_lines import WLAN_MORE, pairs
from lagg_tool.ifconfig.lagg_lines import Figure, Peer
from lagg_tool.ifconfig.lines import Bits
from lagg_tool.ifconfig.listing import Interface, Listing, Port


def _bits(bits: Bits | None) -> dict[str, Any] | None:
    return None if bits is None else {"value": bits.value, "names": list(bits.names)}


def _peer(peer: Peer | None) -> dict[str, Any] | None:
    if peer is None:
        return None
    return {
        "system_priority": peer.system_priority,
        "system": peer.system.lower().replace("-", ":"),
        "key": peer.key,
        "port_priority": peer.port_priority,
        "port": peer.port,
    }


def _port(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "flags": _bits(port.flags),
        "state": _bits(port.state),
        "actor": _peer(port.actor),
        "partner": _peer(port.partner),
    }


def _lagg(interface: Interface) -> dict[str, Any] | None:
    proto = interface.lagg
    if proto is None:
        return None
    lag_id = interface.lag_id
    return {
        "protocol": proto.protocol,
        "hash": None if proto.layers is None else list(proto.layers),
        "flags": _bits(interface.lagg_flags),
        "flowid_shift": interface.flowid_shift,
        "rr_limit": interface.rr_limit,
        "figures": {line.key: line.value for line in interface.lines if isinstance(line, Figure)},
        "active_ports": interface.active_ports,
        "flapping": interface.flapping,
        "lag_id": lag_id and {"actor": _peer(lag_id[0]), "partner": _peer(lag_id[1])},
        "ports": [_port(port) for port in interface.ports],
    }


def _bridge(interface: Interface) -> dict[str, Any] | None:
    own = pairs(" ".join(interface.details("bridge")))
    root = interface.details("bridge root")
    flags = interface.details("bridge flags")
    members = interface.bridge_members
    if not (own or root or flags or members):
        return None
    return {
        **own,
        "root": pairs(root[0].removeprefix("root ")) if root else None,
        "flags": flags[0].partition("=")[2] if flags else None,
        "members": [
            {"name": member.member, "flags": _bits(member.flags), "text": list(details)}
            for member, details in members
        ],
    }


def _wlan(interface: Interface) -> dict[str, Any] | None:
    lines = interface.details("wlan", WLAN_MORE)
    if not lines:
        return None
    words = " ".join(lines)
    found = {key: _WLAN[key].search(words) for key in _WLAN}
    return {
        **{key: match[1].strip('"') if match else None for key, match in found.items()},
        "parent": interface.keyed("parent interface"),
        "text": list(lines),
    }


# Of the words of a wlan: those that say with whom it is associated, and where it may be.
_WLAN = {
    "ssid": re.compile(r'\b(?:ssid|meshid) ("[^"]*"|\S+)'),
    "channel": re.compile(r"\bchannel (\S+)"),
    "bssid": re.compile(r"\bbssid (\S+)"),
    "country": re.compile(r"\bcountry (\S+)"),
    "regdomain": re.compile(r"\bregdomain (\S+)"),
    "authmode": re.compile(r"\bauthmode (\S+)"),
    "privacy": re.compile(r"\bprivacy (\S+)"),
}


def interface_data(interface: Interface) -> dict[str, Any]:
    """Return one interface as JSON takes it; ``text`` is the original."""
    vlan, media, module = interface.vlan, interface.media, interface.module
    return {
        "name": interface.name,
        "flags": _bits(interface.flags),
        "metric": interface.header.metric,
        "mtu": interface.mtu,
        "description": interface.description,
        "options": _bits(interface.options),
        "capabilities": _bits(interface.capabilities),
        "ether": interface.ether,
        "hwaddr": interface.hwaddr,
        "lladdr": interface.lladdr,
        "inet": [
            {
                "address": line.number,
                "prefixlen": line.prefixlen,
                "broadcast": line.broadcast,
                "peer": line.peer,
                "vhid": line.vhid,
            }
            for line in interface.inet
        ],
        "inet6": [
            {
                "address": line.number,
                "prefixlen": line.prefixlen,
                "states": sorted(line.states),
                "words": list(line.words),
            }
            for line in interface.inet6
        ],
        "lagg": _lagg(interface),
        "vlan": vlan
        and {
            "tag": vlan.tag,
            "parent": vlan.parent,
            "protocol": vlan.value("vlanproto:"),
            "pcp": vlan.value("vlanpcp:"),
            "text": vlan.text.strip(),
        },
        "bridge": _bridge(interface),
        "members": list(interface.members),
        "carp": list(interface.carp),
        "module": module and dataclasses.asdict(module),
        "module_dump": list(interface.details("module dump")),
        "wlan": _wlan(interface),
        "tunnel": list(interface.details("tunnel")),
        "opened_by": list(interface.details("opened")),
        "groups": list(interface.groups),
        "media": media and {"selected": media.selected, "active": media.active},
        "supported_media": list(interface.supported_media),
        "status": interface.status,
        "down_reason": interface.down_reason,
        "nd6": _bits(interface.nd6),
        "drivername": interface.keyed("drivername"),
        "fib": interface.keyed("fib"),
        "header_rest": interface.header.rest,
        "other": interface.other,
        "unknown": list(interface.unknown),
        "text": interface.text,
    }


def listing_data(listing: Listing) -> dict[str, Any]:
    """Return all that was read as JSON takes it."""
    return {
        "family": listing.family and listing.family.value,
        "outside": list(listing.outside),
        "interfaces": [interface_data(interface) for interface in listing.interfaces],
    }

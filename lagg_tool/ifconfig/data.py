"""A Listing as plain data, for ``show --json`` and ``parse --json``; nothing is left out."""

from __future__ import annotations

from typing import Any

from lagg_tool.ifconfig.lagg_lines import Peer
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
        "active_ports": interface.active_ports,
        "flapping": interface.flapping,
        "lag_id": lag_id and {"actor": _peer(lag_id[0]), "partner": _peer(lag_id[1])},
        "ports": [_port(port) for port in interface.ports],
    }


def interface_data(interface: Interface) -> dict[str, Any]:
    """Return one interface as JSON takes it; ``text`` is the original."""
    vlan, media = interface.vlan, interface.media
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
        "inet": [
            {
                "address": line.address,
                "prefixlen": line.prefixlen,
                "broadcast": line.broadcast,
                "peer": line.peer,
                "vhid": line.vhid,
            }
            for line in interface.inet
        ],
        "inet6": [
            {
                "address": line.address,
                "prefixlen": line.prefixlen,
                "states": sorted(line.states),
                "words": list(line.words),
            }
            for line in interface.inet6
        ],
        "lagg": _lagg(interface),
        "vlan": vlan and {"tag": vlan.tag, "parent": vlan.parent, "text": vlan.text.strip()},
        "members": list(interface.members),
        "groups": list(interface.groups),
        "media": media and {"selected": media.selected, "active": media.active},
        "supported_media": list(interface.supported_media),
        "status": interface.status,
        "nd6": _bits(interface.nd6),
        "unknown": list(interface.unknown),
        "text": interface.text,
    }


def listing_data(listing: Listing) -> dict[str, Any]:
    """Return all that was read as JSON takes it."""
    return {
        "family": listing.family.value,
        "preamble": [line.text for line in listing.preamble],
        "interfaces": [interface_data(interface) for interface in listing.interfaces],
    }

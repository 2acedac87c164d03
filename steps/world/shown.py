"""The fields of an interface that ifconfig shows, as the features write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from lagg_tool.ifconfig import Bits, Interface, Peer, Port
from steps.world.phrases import numbers
from steps.world.world import World

NONE = "none"


def wrongs(world: World, interface: Interface, field: str, expected: str) -> list[str]:
    """Return what is not shown as expected, in words.

    ``with`` and ``without`` ask for words of a field; ``each of ports 1 and 2`` is a field of
    several ports, each of which is to be as expected.
    """
    if field.startswith("each of ports"):
        each = [wrongs(world, interface, f"port {n}", expected) for n in numbers(field)]
        return [text for found in each for text in found]
    shown, text = field_text(world, interface, field), world.named(expected)
    is_of_words = re.fullmatch(r"with(out)? \S+", expected)
    if _has_words(shown, text) if is_of_words else shown == text:
        return []
    return [f"{interface.name}: {field} is {shown!r}, expected was {expected!r}"]


def _has_words(shown: str, expected: str) -> bool:
    """Whether the words after ``with`` are all there, or those after ``without`` all missing."""
    relation, _, words = expected.partition(" ")
    return all((word in shown.split(",")) == (relation == "with") for word in words.split(","))


def field_text(world: World, interface: Interface, field: str) -> str:
    """Return a field's text; an empty one reads ``none``."""
    port = re.fullmatch(r"port (\d)( state| partner)?", field)
    if port:
        ports = {found.name: found for found in interface.ports}
        name = world.name(int(port[1]))
        if name not in ports:
            return f"missing: {name} is no port of {interface.name}"
        return _PORT_FIELDS[port[2]](ports[name]) or NONE
    return _FIELDS[field](world, interface) or NONE


def _bits(bits: Bits | None) -> str:
    return ",".join(bits.names) if bits else ""


def _partner(port: Port) -> str:
    """Return the partner's system as the NAS recorded it."""
    return _system(port.partner) if port.partner else ""


def _system(peer: Peer) -> str:
    return peer.system.lower().replace("-", ":")


_PORT_FIELDS: Mapping[str | None, Callable[[Port], str]] = {
    None: lambda port: _bits(port.flags),
    " state": lambda port: _bits(port.state),
    " partner": _partner,
}


def _numbers(world: World, ports: Iterable[Port]) -> str:
    """Return the numbers of ports; what is no test port goes by its name."""
    of_test = {name: str(number) for number, name in enumerate(world.target.ports, 1)}
    return ", ".join(of_test.get(port.name, port.name) for port in ports)


def _ports(world: World, interface: Interface) -> str:
    return _numbers(world, interface.ports)


def _group_partner(world: World, interface: Interface) -> str:
    """Return which ports have the partner of the group, or its system."""
    system = _system(interface.lag_id[1]) if interface.lag_id else ""
    having = [port for port in interface.ports if _partner(port) == system]
    return f"that of ports {_numbers(world, having)}" if having else system


def _flags(_: World, interface: Interface) -> str:
    return ",".join(name for name in interface.flags.names if name in ("UP", "RUNNING"))


def _addresses(_: World, interface: Interface) -> str:
    """Return the addresses that were given; the kernel makes the link-local one itself."""
    v4 = [f"{line.address}/{line.prefixlen}" for line in interface.inet]
    v6 = [
        f"{line.ip}/{line.prefixlen}"
        for line in interface.inet6
        if line.ip is not None and not line.ip.is_link_local
    ]
    return ", ".join((*v4, *v6))


_FIELDS: Mapping[str, Callable[[World, Interface], str]] = {
    "protocol": lambda _, i: i.lagg.protocol if i.lagg else "",
    "hash": lambda _, i: ",".join((i.lagg.layers if i.lagg else None) or ()),
    "ports": _ports,
    "mtu": lambda _, i: str(i.mtu),
    "status": lambda _, i: i.status or "",
    "flags": _flags,
    "promiscuous": lambda _, i: "yes" if "PROMISC" in i.flags.names else "no",
    "enabled": lambda _, i: "yes" if "UP" in i.flags else "no",
    "groups": lambda _, i: ",".join(i.groups),
    "description": lambda _, i: i.description,
    "addresses": _addresses,
    "ether": lambda world, i: world.owner(i.ether or ""),
    "options": lambda _, i: _bits(i.options),
    "lagg options": lambda _, i: _bits(i.lagg_flags),
    "flowid shift": lambda _, i: str(i.flowid_shift),
    "rr limit": lambda _, i: str(i.rr_limit),
    "group partner": _group_partner,
    "flapping": lambda _, i: str(i.flapping),
    "active ports": lambda _, i: str(i.active_ports),
}

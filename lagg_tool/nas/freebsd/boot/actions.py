"""What single words of ifconfig(8) do to an interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lagg_tool.lagg import SWITCHES, Protocol
from lagg_tool.nas.freebsd.boot.interface import BootInterface
from lagg_tool.nas.freebsd.boot.line import Line, StopError

_LACP_SWITCHES = tuple(flag for flag, only in SWITCHES.values() if only == "lacp")
_SMALLEST_MTU = 72  # IF_MINMTU, sys/net/if.h

_Action = Callable[[BootInterface, Line, str, Mapping[str, BootInterface]], None]


def _number(text: str, word: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise StopError(word)
    return int(text)


def _up(interface: BootInterface, _line: Line, word: str, _: object) -> None:
    interface.up = word == "up"


def _mtu(
    interface: BootInterface, line: Line, word: str, others: Mapping[str, BootInterface]
) -> None:
    _set_mtu(interface, _number(line.take(word), word), word, others)


def _set_mtu(
    interface: BootInterface, mtu: int, word: str, others: Mapping[str, BootInterface]
) -> None:
    if interface.master or not _SMALLEST_MTU <= mtu <= _largest_mtu(interface, others):
        raise StopError(word)
    interface.mtu = mtu
    for port in interface.ports:
        others[port].mtu = mtu


def _largest_mtu(interface: BootInterface, others: Mapping[str, BootInterface]) -> int:
    parent = others.get(interface.parent)
    if interface.vlan:
        return parent.mtu - interface.mtu_lost if parent else 0
    return 65535


def make_vlan(interface: BootInterface, others: Mapping[str, BootInterface]) -> None:
    """Give a VLAN that has a parent and a tag the MTU of the parent (vlan_config).

    A parent that cannot carry the four octets of the tag above its MTU has them within: a lagg
    can if all its ports can, and an empty one cannot. It stays so when ports join later.
    """
    parent = others.get(interface.parent)
    if parent is None or interface.tag is None:
        return
    below = [others[port] for port in parent.ports] if parent.lagg else [parent]
    long_frames = bool(below) and all(each.long_frames for each in below)
    interface.mtu_lost = 0 if long_frames else 4
    interface.mtu = parent.mtu - interface.mtu_lost


def _proto(interface: BootInterface, line: Line, word: str, _: object) -> None:
    try:
        protocol = Protocol(line.take(word))
    except ValueError:
        raise StopError(word) from None
    _only_of_lagg(interface, word)
    if protocol is not interface.protocol:
        interface.rr_limit = None
        for flag in _LACP_SWITCHES:
            interface.switches.pop(flag, None)
    interface.protocol = protocol


def _only_of_lagg(interface: BootInterface, word: str) -> None:
    if not interface.lagg:
        raise StopError(word)


def _port(
    interface: BootInterface, line: Line, word: str, others: Mapping[str, BootInterface]
) -> None:
    name = line.take(word)
    port = others.get(name)
    _only_of_lagg(interface, word)
    if port is None or port.lagg or port.master:
        return  # ifconfig warns and goes on: "a failed NIC" shall not take a lagg down
    if interface.ports:
        port.mtu = interface.mtu
    else:
        interface.mtu, interface.ether = port.mtu, port.ether
    port.master = interface.name
    interface.ports.append(name)


def _no_port(
    interface: BootInterface, line: Line, word: str, others: Mapping[str, BootInterface]
) -> None:
    name = line.take(word)
    if name not in interface.ports:
        raise StopError(name)
    interface.ports.remove(name)
    others[name].master = ""


def _member(
    interface: BootInterface, line: Line, word: str, others: Mapping[str, BootInterface]
) -> None:
    """Add a member to a bridge; its MTU is that of the first one (bridge_ioctl_add)."""
    name = line.take(word)
    member = others.get(name)
    if member is None or member.master:
        raise StopError(name)
    if not interface.members:
        interface.mtu = member.mtu
    elif interface.mtu != member.mtu:
        _set_mtu(member, interface.mtu, name, others)
    interface.members.append(name)


def _hash(interface: BootInterface, line: Line, word: str, _: object) -> None:
    _only_of_lagg(interface, word)
    given = line.take(word).split(",")
    layers = tuple(layer for layer in ("l2", "l3", "l4") if layer in given)
    if len(layers) != len(given):
        raise StopError(word)
    interface.layers = layers


def _shift(interface: BootInterface, line: Line, word: str, _: object) -> None:
    _only_of_lagg(interface, word)
    interface.flowid_shift = _number(line.take(word), word)


def _limit(interface: BootInterface, line: Line, word: str, _: object) -> None:
    _only_of_lagg(interface, word)
    limit = _number(line.take(word), word)
    if interface.protocol is not Protocol.ROUNDROBIN or not limit:
        raise StopError(word)
    interface.rr_limit = limit


def switch(interface: BootInterface, word: str) -> None:
    """Set a switch of a LAGG, or clear it with a dash before its name. Raises StopError."""
    flag, only = SWITCHES[word.removeprefix("-")]
    if not interface.lagg or only not in (None, interface.protocol.value):
        raise StopError(word)
    interface.switches[flag] = not word.startswith("-")
    if word == "-use_flowid":
        interface.switches["USE_NUMA"] = False  # B-17


def _description(interface: BootInterface, line: Line, word: str, _: object) -> None:
    interface.description = line.take(word)


def _mask(_interface: BootInterface, line: Line, word: str, _: object) -> None:
    line.netmask = line.take(word)


def _length(_interface: BootInterface, line: Line, word: str, _: object) -> None:
    line.prefixlen = line.take(word)


def _vhid(_interface: BootInterface, line: Line, word: str, _: object) -> None:
    line.take(word)
    line.vhid = True


def _of_carp(_interface: BootInterface, line: Line, word: str, _: object) -> None:
    line.take(word)


def _advertised(interface: BootInterface, line: Line, word: str, _: object) -> None:
    if line.family == "inet6":  # else ifconfig warns (SIOCGIFINFO_IN6) and goes on
        interface.ipv6_auto = not word.startswith("-")


def _disabled(interface: BootInterface, _line: Line, word: str, _: object) -> None:
    interface.ipv6 = word.startswith("-")


def _vlan(
    interface: BootInterface, line: Line, word: str, others: Mapping[str, BootInterface]
) -> None:
    interface.tag = _number(line.take(word), word)
    make_vlan(interface, others)


def _vlandev(
    interface: BootInterface, line: Line, word: str, others: Mapping[str, BootInterface]
) -> None:
    parent = line.take(word)
    if parent not in others:
        raise StopError(parent)
    interface.parent = parent
    make_vlan(interface, others)


ACTIONS: dict[str, _Action] = {
    "up": _up,
    "down": _up,
    "mtu": _mtu,
    "laggproto": _proto,
    "laggport": _port,
    "-laggport": _no_port,
    "addm": _member,
    "lagghash": _hash,
    "flowid_shift": _shift,
    "rr_limit": _limit,
    "description": _description,
    "descr": _description,
    "netmask": _mask,
    "prefixlen": _length,
    "vhid": _vhid,
    "pass": _of_carp,
    "advskew": _of_carp,
    "advbase": _of_carp,
    "state": _of_carp,
    "peer": _of_carp,
    "accept_rtadv": _advertised,
    "-accept_rtadv": _advertised,
    "ifdisabled": _disabled,
    "-ifdisabled": _disabled,
    "vlan": _vlan,
    "vlandev": _vlandev,
}

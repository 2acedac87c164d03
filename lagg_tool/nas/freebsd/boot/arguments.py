"""What one command of ifconfig(8) does to an interface, word by word, in its order.

ifconfig acts on each word as it comes, and sets the address of the line at last: a line that
it does not finish has done a part (sbin/ifconfig/ifconfig.c).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address, ip_interface

from lagg_tool.lagg import OFFLOADS, SWITCHES, Address, Protocol
from lagg_tool.nas.freebsd.boot.interface import BootInterface
from lagg_tool.nas.freebsd.boot.variables import DHCP_WORDS, FAMILIES

_OFFLOAD_WORDS = frozenset(OFFLOADS) | {"tso"}
_LACP_SWITCHES = tuple(flag for flag, only in SWITCHES.values() if only == "lacp")
# Words that leave alone all that is compared, with the number of their arguments.
_HARMLESS = {
    "alias": 0,
    "add": 0,
    "arp": 0,
    "broadcast": 1,
    "media": 1,
    "mediaopt": 1,
    "-mediaopt": 1,
    "mode": 1,
    "polling": 0,
    "-polling": 0,
    "wol": 0,
    "-wol": 0,
    "wol_magic": 0,
    "-wol_magic": 0,
    "auto_linklocal": 0,
    "-auto_linklocal": 0,
    "no_radr": 0,
    "-no_radr": 0,
    "nud": 0,
    "-nud": 0,
    "no_prefer_iface": 0,
    "-no_prefer_iface": 0,
}
# Words of ifconfig(8) that do something else, with the number of their arguments. What is no
# word of it is taken for an address, and ifconfig stops there: "bad value".
_OTHERS = {
    word: arguments
    for arguments, words in {
        0: "-arp staticarp -staticarp stickyarp -stickyarp debug -debug link0 -link0 link1 -link1"
        " link2 -link2 monitor -monitor promisc -promisc permanent_promisc eui64 anycast -anycast"
        " tentative -tentative deprecated -deprecated autoconf -autoconf no_dad -no_dad"
        " prefer_source -prefer_source stp -stp -description -descr -alias delete remove"
        " destroy deletetunnel toe -toe toe4 -toe4 toe6 -toe6 netcons -netcons wol_ucast"
        " -wol_ucast wol_mcast -wol_mcast txrtlmt -txrtlmt hwrxtstmp -hwrxtstmp mextpg -mextpg"
        " txtls -txtls rxtls -rxtls txtlsrtlmt -txtlsrtlmt vxlanhwcsum -vxlanhwcsum vxlanhwtso"
        " -vxlanhwtso -vlandev -vnet flush flushall defer -defer",
        1: "metric fib tunnelfib group -group name vnet dstaddr destination pltime vltime"
        " instance inst maclabel vlanproto vlanpcp -vlanpcp addm deletem span -span private"
        " -private edge -edge autoedge -autoedge ptp -ptp autoptp -autoptp sticky -sticky"
        " discover -discover learn -learn maxaddr timeout hellotime fwddelay maxage priority"
        " proto holdcnt ssid bssid channel country regdomain wlandev wlanmode wlanaddr authmode"
        " txpower syncdev syncpeer laggtype peer6 carpmode",
        2: "tunnel static ifpriority ifpathcost ifmaxaddr",
    }.items()
    for word in words.split()
}
_LINK = ("link", "ether", "lladdr")
_SMALLEST_MTU = 72  # IF_MINMTU, sys/net/if.h


class StopError(Exception):
    """ifconfig stops at this word."""


class UnknownWordError(Exception):
    """It is not known what this word does; ``stops``: ifconfig stops there if it has none."""

    def __init__(self, word: str, *, stops: bool = False) -> None:
        super().__init__(word)
        self.stops = stops


@dataclass
class _Line:
    """The address that a command sets when all its words are done."""

    family: str = "inet"
    address: str = ""
    netmask: str = ""
    prefixlen: str = ""
    alias: bool = False
    vhid: bool = False
    rest: list[str] = field(default_factory=list)

    def take(self, word: str) -> str:
        """Return the argument of a word. Raises StopError."""
        if not self.rest:
            raise StopError(word)
        return self.rest.pop(0)


def run_words(
    interface: BootInterface, words: list[str], others: Mapping[str, BootInterface]
) -> Iterator[str]:
    """Do what ``ifconfig INTERFACE WORDS`` does; yield the words that are not understood.

    Raises StopError with the word at which ifconfig stops.
    """
    line = _Line(rest=list(words))
    if line.rest and line.rest[0] in ("create", "plumb"):
        # main() of ifconfig.c: alone it fails, and before other words it is left out.
        del line.rest[0]
        if not line.rest:
            raise StopError(words[0])
    if line.rest and line.rest[0] in FAMILIES:
        line.family = line.rest.pop(0)
    while line.rest:
        word = line.rest.pop(0)
        try:
            _act(interface, word, line, others)
        except UnknownWordError as unknown:
            yield word
            if unknown.stops:
                return
    _set_address(interface, line)


def _act(
    interface: BootInterface, word: str, line: _Line, others: Mapping[str, BootInterface]
) -> None:
    action = _ACTIONS.get(word)
    if action is not None:
        action(interface, line, word, others)
    elif word.removeprefix("-") in SWITCHES:
        _switch(interface, word)
    elif word.removeprefix("-") in _OFFLOAD_WORDS:
        interface.offloads.append(word)
    elif word in _HARMLESS:
        line.alias = line.alias or word in ("alias", "add")
        del line.rest[: _HARMLESS[word]]
    elif word in FAMILIES:
        raise StopError(word)  # the name of a family is one only as the first word
    elif (_is_address(word, line.family) and not line.address) or (
        line.family in _LINK and not line.address
    ):
        line.address = word
    elif word in _OTHERS:
        del line.rest[: _OTHERS[word]]
        raise UnknownWordError(word)
    elif not (line.address and _is_address(word, line.family)):  # the other end's, or a broadcast
        raise UnknownWordError(word, stops=True)


def _is_address(word: str, family: str) -> bool:
    try:
        version = ip_address(word.partition("/")[0].partition("%")[0]).version
    except ValueError:
        return False
    return version == (6 if family == "inet6" else 4)


_Action = Callable[[BootInterface, _Line, str, Mapping[str, BootInterface]], None]


def _number(text: str, word: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise StopError(word)
    return int(text)


def _up(interface: BootInterface, _line: _Line, word: str, _: object) -> None:
    interface.up = word == "up"


def _mtu(
    interface: BootInterface, line: _Line, word: str, others: Mapping[str, BootInterface]
) -> None:
    mtu = _number(line.take(word), word)
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


def _proto(interface: BootInterface, line: _Line, word: str, _: object) -> None:
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
    interface: BootInterface, line: _Line, word: str, others: Mapping[str, BootInterface]
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
    interface: BootInterface, line: _Line, word: str, others: Mapping[str, BootInterface]
) -> None:
    name = line.take(word)
    if name not in interface.ports:
        raise StopError(name)
    interface.ports.remove(name)
    others[name].master = ""


def _hash(interface: BootInterface, line: _Line, word: str, _: object) -> None:
    _only_of_lagg(interface, word)
    given = line.take(word).split(",")
    layers = tuple(layer for layer in ("l2", "l3", "l4") if layer in given)
    if len(layers) != len(given):
        raise StopError(word)
    interface.layers = layers


def _shift(interface: BootInterface, line: _Line, word: str, _: object) -> None:
    _only_of_lagg(interface, word)
    interface.flowid_shift = _number(line.take(word), word)


def _limit(interface: BootInterface, line: _Line, word: str, _: object) -> None:
    _only_of_lagg(interface, word)
    limit = _number(line.take(word), word)
    if interface.protocol is not Protocol.ROUNDROBIN or not limit:
        raise StopError(word)
    interface.rr_limit = limit


def _switch(interface: BootInterface, word: str) -> None:
    flag, only = SWITCHES[word.removeprefix("-")]
    if not interface.lagg or only not in (None, interface.protocol.value):
        raise StopError(word)
    interface.switches[flag] = not word.startswith("-")
    if word == "-use_flowid":
        interface.switches["USE_NUMA"] = False  # B-17


def _description(interface: BootInterface, line: _Line, word: str, _: object) -> None:
    interface.description = line.take(word)


def _mask(_interface: BootInterface, line: _Line, word: str, _: object) -> None:
    line.netmask = line.take(word)


def _length(_interface: BootInterface, line: _Line, word: str, _: object) -> None:
    line.prefixlen = line.take(word)


def _vhid(_interface: BootInterface, line: _Line, word: str, _: object) -> None:
    line.take(word)
    line.vhid = True


def _of_carp(_interface: BootInterface, line: _Line, word: str, _: object) -> None:
    line.take(word)


def _advertised(interface: BootInterface, _line: _Line, word: str, _: object) -> None:
    interface.ipv6_auto = not word.startswith("-")


def _disabled(interface: BootInterface, _line: _Line, word: str, _: object) -> None:
    interface.ipv6 = word.startswith("-")


def _vlan(
    interface: BootInterface, line: _Line, word: str, others: Mapping[str, BootInterface]
) -> None:
    interface.tag = _number(line.take(word), word)
    make_vlan(interface, others)


def _vlandev(
    interface: BootInterface, line: _Line, word: str, others: Mapping[str, BootInterface]
) -> None:
    parent = line.take(word)
    if parent not in others:
        raise StopError(parent)
    interface.parent = parent
    make_vlan(interface, others)


_ACTIONS: dict[str, _Action] = {
    "up": _up,
    "down": _up,
    "mtu": _mtu,
    "laggproto": _proto,
    "laggport": _port,
    "-laggport": _no_port,
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


def _set_address(interface: BootInterface, line: _Line) -> None:
    if line.family in _LINK:
        interface.ether = line.address.lower() or interface.ether
    if not line.address or line.family in _LINK:
        return
    address = address_of(line.address, line.netmask, line.prefixlen)
    if line.vhid:
        interface.carp.append(address)
        return
    same = [each for each in interface.addresses if each.version == address.version]
    # Without "alias" an IPv4 address takes the place of the first one; an IPv6 one never does.
    if not line.alias and address.version == 4 and same:
        interface.addresses.remove(same[0])
    interface.addresses = [each for each in interface.addresses if each.ip != address.ip]
    interface.addresses.append(address)
    interface.up = True  # ether_ioctl(), SIOCSIFADDR
    interface.ipv6 = interface.ipv6 or address.version == 6


def address_of(text: str, netmask: str = "", prefixlen: str = "") -> Address:
    """Return the address of ifconfig's words. Raises StopError."""
    bare, _, length = text.partition("/")
    bare = bare.partition("%")[0]
    ip = ip_address(bare)
    width = length or prefixlen
    try:
        if netmask and isinstance(ip, IPv4Address):
            mask = str(IPv4Address(int(netmask, 16))) if netmask.startswith("0x") else netmask
            return ip_interface(f"{bare}/{mask}")
        if not width:
            width = "64" if ip.version == 6 else _classful(ip)
        return ip_interface(f"{bare}/{width}")
    except ValueError:
        raise StopError(netmask or width) from None


def _classful(ip: object) -> str:
    """Return the length of the network's prefix by its class (in_aifaddr_ioctl)."""
    first = int(str(ip).partition(".")[0])
    return "8" if first < 128 else "16" if first < 192 else "24"


def without_addresses(words: list[str]) -> list[str]:
    """Return the words of a line of rc.conf without those that give the interface addresses."""
    left: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in ("netmask", "broadcast", "prefixlen"):
            del rest[:1]
        elif not (
            word in ("inet", "inet6", "alias", "add", "accept_rtadv")
            or word.upper() in DHCP_WORDS
            or _is_address(word, "inet")
            or _is_address(word, "inet6")
        ):
            left.append(word)
    return left

"""The specification of a LAGG: LaggSpec. One that breaks a rule cannot be made.

The rules are those of the article, of lagg(4) (sys/net/if_lagg.c, sbin/ifconfig/iflagg.c of
FreeBSD 13.2) and of the TrueNAS CORE 13.3 middleware that need no host to be checked. Each
violation is a SpecError with field, value, rule and remedy.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from lagg_tool.errors import SpecError
from lagg_tool.lagg.bond_options import BondOptions
from lagg_tool.lagg.options import LaggOptions

MTU_DEFAULT = 1500  # what a blank field of the article's form means (O-07)
MTU_RANGE = range(1492, 9217)  # the middleware's limits (O-06)
MAX_PORTS = 32  # LAGG_MAX_PORTS, sys/net/if_lagg.h
MAX_UNIT = 32767  # IF_MAXUNIT, sys/net/if.h
MAX_DESCRIPTION = 120  # the middleware's column int_name (C-11)

Address = IPv4Interface | IPv6Interface


class Protocol(enum.Enum):
    """The aggregation protocols of lagg(4), by the word that ifconfig takes."""

    LACP = "lacp"
    FAILOVER = "failover"
    LOADBALANCE = "loadbalance"
    ROUNDROBIN = "roundrobin"
    BROADCAST = "broadcast"
    NONE = "none"

    @classmethod
    def of(cls, word: object) -> Protocol:
        """Return the protocol by ifconfig's word or by the article's ("Load Balance")."""
        try:
            if isinstance(word, Protocol):
                return word
            return cls(re.sub(r"[\s_-]", "", word).lower() if isinstance(word, str) else word)
        except ValueError:
            raise SpecError(
                "protocol",
                word,
                f"lagg(4) knows {', '.join(each.value for each in cls)}",
                "choose one of these",
            ) from None


_NAME = re.compile(r"lagg(0|[1-9][0-9]*)")
# What ifconfig -l may print: a driver's name with its number, a VLAN's, or that of a rename.
_PORT = re.compile(r"[A-Za-z][A-Za-z0-9_.:+-]{0,14}")
# lagg_port_create() takes Ethernet and VLAN only (EPROTONOSUPPORT), and no lagg (EINVAL);
# the middleware takes nothing that was cloned.
NO_PORT = frozenset(
    [
        "lagg",
        "bridge",
        "lo",
        "tun",
        "gif",
        "gre",
        "stf",
        "pflog",
        "pfsync",
        "enc",
        "ipfw",
        "wg",
        "ovpn",
        "usbus",
    ]  # and their groups
)
_NO_PORT = re.compile(rf"({'|'.join(sorted(NO_PORT))})[0-9]+")


def is_lagg_name(name: str) -> bool:
    """Return whether a lagg can be made with this name: a rename gives other names."""
    found = _NAME.fullmatch(name)
    return found is not None and len(found[1]) <= 5 and int(found[1]) <= MAX_UNIT


def check_name(name: object) -> str:
    """Return a name that a lagg may have, renamed ones included. Raises SpecError."""
    rule = (
        f'a LAGG is called "lagg" and a number from 0 to {MAX_UNIT} without leading zeros, or as'
        " it was renamed: a letter and up to 14 letters, digits or _ . : + -"
    )
    renamed = (
        isinstance(name, str)
        and _PORT.fullmatch(name) is not None
        and not name.startswith("lagg")
        and not _NO_PORT.fullmatch(name)
    )
    if not isinstance(name, str) or not (renamed or is_lagg_name(name)):
        raise SpecError("name", name, rule, 'write "lagg0", for example')
    return name


def _check_description(text: object) -> None:
    field = "description"
    if not isinstance(text, str):
        raise SpecError(field, text, "a description is text", "put it in quotes")
    if len(text) > MAX_DESCRIPTION:
        rule = f"TrueNAS keeps {MAX_DESCRIPTION} characters, and this has {len(text)}"
        raise SpecError(field, text, rule, "shorten it")
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp", "Cn"):
            rule = f"{character!r} would break the lines that ifconfig and rc.conf are made of"
            raise SpecError(field, text, rule, "use printable characters only")
    # At boot network.subr expands the value unquoted (get_if_var: eval echo ${...}).
    if text != " ".join(text.split(" ")).strip() or "  " in text:
        rule = "at boot blanks at the ends, and all but one in a row, are lost"
        raise SpecError(field, text, rule, "separate words by one blank")
    if text.startswith("-"):
        rule = "at boot the text is given to echo, which may take it for an option"
        raise SpecError(field, text, rule, "begin with another character")
    if wild := set("*?[") & set(text):
        rule = f"at boot {sorted(wild)[0]!r} would be expanded to the names of files"
        raise SpecError(field, text, rule, "leave that character out")


def _check_ports(ports: tuple[str, ...]) -> None:
    if not ports:
        rule = "a LAGG without ports carries nothing, and TrueNAS refuses it"
        raise SpecError("ports", list(ports), rule, "name at least one")
    if len(ports) > MAX_PORTS:
        rule = f"lagg(4) takes at most {MAX_PORTS} ports, and these are {len(ports)}"
        raise SpecError("ports", list(ports), rule, "make two LAGGs")
    for place, port in enumerate(ports):
        field = f"ports[{place}]"
        if not isinstance(port, str) or not _PORT.fullmatch(port):
            rule = "an interface's name is a letter and up to 14 letters, digits or _ . : + -"
            raise SpecError(field, port, rule, "write it as ifconfig -l does")
        if _NO_PORT.fullmatch(port):
            rule = "only an Ethernet interface or a VLAN can be a port"
            raise SpecError(field, port, rule, "name the NICs themselves")
        if port in ports[:place]:
            raise SpecError(field, port, "a port is named once", "remove the second mention")


def _check_address(field: str, address: Address) -> None:
    ip, network = address.ip, address.network
    shown = str(address)
    if network.prefixlen == 0:
        rule = "a prefix of length 0 is the whole Internet"
        raise SpecError(field, shown, rule, "give the length of the network's prefix")
    if ip.is_multicast or ip.is_unspecified or ip.is_loopback:
        rule = "an interface has a unicast address that is not the loopback's"
        raise SpecError(field, shown, rule, "give an address of your network")
    ends = (network.network_address, network.broadcast_address)
    if isinstance(address, IPv4Interface) and network.prefixlen < 31 and ip in ends:
        rule = f"this is the network's own or the broadcast address of {network}"
        raise SpecError(field, shown, rule, "give an address of a host in that network")


def parse_address(field: str, text: object) -> Address:
    """Return an address with its prefix, as in 192.0.2.1/24 or 2001:db8::7/64."""
    rule = "an address is written with the length of its prefix: 1 to 32, for IPv6 1 to 128"
    remedy = 'write "192.0.2.1/24" or "2001:db8::7/64", for example'
    if not isinstance(text, str) or not re.fullmatch(r"[0-9A-Fa-f:.]+/[0-9]{1,3}", text):
        raise SpecError(field, text, rule, remedy)
    try:
        return ip_interface(text)
    except ValueError:
        raise SpecError(field, text, rule, remedy) from None


VLAN_TAGS = range(1, 4095)  # 0 and 4095 are reserved (802.1Q)


@dataclass(frozen=True)
class VlanSpec:
    """A VLAN on the LAGG: its tag, its addresses, and its MTU; None is that of the LAGG."""

    tag: int
    mtu: int | None = None
    addresses: tuple[Address, ...] = ()


def _check_vlans(vlans: tuple[VlanSpec, ...], lagg_mtu: int) -> None:
    for place, vlan in enumerate(vlans):
        where = f"vlan[{place}]"
        if isinstance(vlan.tag, bool) or not isinstance(vlan.tag, int) or vlan.tag not in VLAN_TAGS:
            rule = f"a tag is a number from {VLAN_TAGS[0]} to {VLAN_TAGS[-1]}"
            raise SpecError(where, vlan.tag, rule, "write tag = 30, for example")
        if any(vlan.tag == other.tag for other in vlans[:place]):
            raise SpecError(where, vlan.tag, "a tag is given once", "remove the second mention")
        if vlan.mtu is not None:
            _check_mtu(where, vlan.mtu)
            if vlan.mtu > lagg_mtu:
                rule = f"a VLAN's MTU is at most that of the LAGG below it, {lagg_mtu}"
                raise SpecError(where, vlan.mtu, rule, "lower it, or raise the LAGG's mtu")
        for address in vlan.addresses:
            _check_address(where, address)


_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


def _checked_mac(mac: object) -> str:
    """Return a MAC address in lower case; empty is none. Raises SpecError."""
    low = mac.lower() if isinstance(mac, str) else ""
    if mac == "":
        return ""
    rule = "a MAC address is six octets, of one interface (its first octet even), and not zero"
    if not _MAC.fullmatch(low) or int(low[:2], 16) & 1 or low == "00:00:00:00:00:00":
        raise SpecError("mac", mac, rule, 'write mac = "02:00:5e:00:53:01", for example')
    return low


def _check_mtu(field: str, mtu: object) -> None:
    if isinstance(mtu, bool) or not isinstance(mtu, int) or mtu not in MTU_RANGE:
        rule = f"an MTU is from {MTU_RANGE[0]} to {MTU_RANGE[-1]}; without one it is 1500"
        raise SpecError(field, mtu, rule, "choose a number in this range")


@dataclass(frozen=True)
class LaggSpec:
    """A LAGG as a user wants it: what the article's form has, and nothing that breaks a rule.

    ``ports`` in order: the first is the primary. ``mtu`` in octets. ``offload`` None leaves
    hardware offloading as it is. ``dhcp`` and ``ipv6_auto`` ask for addresses from the
    network, beside ``addresses``. ``mac`` is that of the LAGG and of all its ports; empty is
    the first port's. ``bond`` is for Linux alone.
    """

    name: str
    protocol: Protocol
    ports: tuple[str, ...]
    description: str = ""
    mtu: int = MTU_DEFAULT
    addresses: tuple[Address, ...] = ()
    dhcp: bool = False
    ipv6_auto: bool = False
    offload: bool | None = None
    options: LaggOptions = field(default_factory=LaggOptions)
    vlans: tuple[VlanSpec, ...] = ()
    mac: str = ""
    bond: BondOptions = field(default_factory=BondOptions)

    def __post_init__(self) -> None:
        check_name(self.name)
        object.__setattr__(self, "mac", _checked_mac(self.mac))
        object.__setattr__(self, "protocol", Protocol.of(self.protocol))
        _check_description(self.description)
        _check_ports(self.ports)
        _check_mtu("mtu", self.mtu)
        _check_vlans(self.vlans, self.mtu)
        ips = [address.ip for address in self.addresses]
        first = {ip: place for place, ip in reversed([*enumerate(ips)])}
        for place, address in enumerate(self.addresses):
            where = f"addresses[{place}]"
            _check_address(where, address)
            if first[address.ip] < place:
                raise SpecError(
                    where, str(address), "an address is given once", "remove the second mention"
                )
        for name in ("dhcp", "ipv6_auto"):
            if not isinstance(getattr(self, name), bool):
                raise SpecError(name, getattr(self, name), "true or false", "write one of these")
        if self.offload is not None and not isinstance(self.offload, bool):
            raise SpecError("offload", self.offload, "true or false", "write one of these")
        self.options.check_protocol(self.protocol.value)
        self.bond.check(self.protocol.value, self.ports)

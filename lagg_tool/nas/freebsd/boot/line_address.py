"""The address of a command of ifconfig(8): its words, and what it does at last."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_interface

from lagg_tool.lagg import Address
from lagg_tool.nas.freebsd.boot.interface import BootInterface
from lagg_tool.nas.freebsd.boot.line import Line, StopError
from lagg_tool.nas.freebsd.boot.variables import DHCP_WORDS

LINK = ("link", "ether", "lladdr")


def is_address(word: str, family: str) -> bool:
    """Return whether a word is an address of the family, with a length or a zone or not."""
    try:
        version = ip_address(word.partition("/")[0].partition("%")[0]).version
    except ValueError:
        return False
    return version == (6 if family == "inet6" else 4)


def set_address(interface: BootInterface, line: Line) -> None:
    """Give the interface the address of a line whose words are all done. Raises StopError."""
    if line.family in LINK:
        interface.ether = line.address.lower() or interface.ether
    if not line.address or line.family in LINK:
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
            or is_address(word, "inet")
            or is_address(word, "inet6")
        ):
            left.append(word)
    return left

"""The lines that ifconfig prints, each as a value that prints itself back.

Every class represents one physical line and its ``text`` is that line, without the
newline: what is read is printed again byte for byte. The order and the shape of the lines
are those of sbin/ifconfig: ifconfig.c (status), af_inet.c, af_inet6.c, af_link.c,
iflagg.c (lagg_status), ifvlan.c, ifmedia.c, ifgroup.c, af_nd6.c.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, NetmaskValueError


@dataclass(frozen=True, slots=True)
class Bits:
    """A number and the names of its bits, as printb() prints them: ``1c<ACTIVE,…>``.

    ``bare`` is the form without brackets that FreeBSD 14 and later use for no options.
    """

    value: int
    names: tuple[str, ...] = ()
    bare: bool = False

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def text(self) -> str:
        """The number in hexadecimal and the names in angle brackets."""
        return f"{self.value:x}" if self.bare else f"{self.value:x}<{','.join(self.names)}>"


@dataclass(frozen=True, slots=True)
class Line:
    """What every line has: its text."""

    @property
    def text(self) -> str:
        """The line without its newline."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Unknown(Line):
    """A line that nothing here understands; it is kept as it is."""

    raw: str

    @property
    def text(self) -> str:
        """The line without its newline."""
        return self.raw


@dataclass(frozen=True, slots=True)
class Header(Line):
    """``lagg0: flags=8843<UP,…> metric 0 mtu 1500``; ``rest`` is what may follow."""

    name: str
    flags: Bits
    metric: int
    mtu: int
    rest: str = ""

    @property
    def text(self) -> str:
        """The line without its newline."""
        return (
            f"{self.name}: flags={self.flags.text} metric {self.metric} mtu {self.mtu}{self.rest}"
        )


@dataclass(frozen=True, slots=True)
class Description(Line):
    """``description: …``, the administrator's own words."""

    description: str

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\tdescription: {self.description}"


@dataclass(frozen=True, slots=True)
class Options(Line):
    """``options=``, ``capabilities=`` or ``nd6 options=``; ``word`` is which."""

    word: str
    bits: Bits

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\t{self.word}={self.bits.text}"


@dataclass(frozen=True, slots=True)
class LinkAddress(Line):
    """``ether`` is the address in use, ``hwaddr`` the one burned into the NIC."""

    word: str
    address: str

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\t{self.word} {self.address}"


def _after(words: tuple[str, ...], key: str) -> str | None:
    try:
        return words[words.index(key) + 1]
    except (ValueError, IndexError):
        return None


# As ifconfig prints it, or as somebody has typed it, without the x.
_HEX_MASK = re.compile(r"0?[xX]?([0-9a-fA-F]{8})")


def _length(digits: str) -> int | None:
    return int(digits) if len(digits) <= 3 and digits.isascii() and digits.isdigit() else None


@dataclass(frozen=True, slots=True)
class Inet(Line):
    """``inet ADDRESS netmask 0x… broadcast …``; ``words`` is all after the address."""

    address: str
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The line without its newline."""
        return "\tinet " + " ".join((self.address, *self.words))

    @property
    def number(self) -> str:
        """The address without the prefix that ``-f inet:cidr`` appends."""
        return self.address.partition("/")[0]

    @property
    def ip(self) -> IPv4Address | None:
        """The address, if it is one."""
        try:
            return IPv4Address(self.number)
        except (AddressValueError, NetmaskValueError):
            return None

    @property
    def prefixlen(self) -> int | None:
        """The length of the prefix: from the mask, or as ``-f inet:cidr`` prints it."""
        mask = _after(self.words, "netmask")
        if mask is None:
            return _length(self.address.partition("/")[2])
        try:
            hexadecimal = _HEX_MASK.fullmatch(mask)
            bits = int(hexadecimal[1], 16) if hexadecimal else int(IPv4Address(mask))
        except ValueError:
            return None
        ones = bits.bit_count()
        contiguous = 0 <= bits < 2**32 and bits == 2**32 - 2 ** (32 - ones)
        return ones if contiguous else None

    @property
    def broadcast(self) -> str | None:
        """The broadcast address."""
        return _after(self.words, "broadcast")

    @property
    def peer(self) -> str | None:
        """The other end of a point-to-point interface."""
        return _after(self.words, "-->")

    @property
    def vhid(self) -> str | None:
        """The CARP group."""
        return _after(self.words, "vhid")


@dataclass(frozen=True, slots=True)
class Inet6(Line):
    """``inet6 ADDRESS[%SCOPE] prefixlen 64 tentative …``; ``words`` is all after the address."""

    address: str
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The line without its newline."""
        return "\tinet6 " + " ".join((self.address, *self.words))

    @property
    def number(self) -> str:
        """The address with its scope, without the prefix that ``-f inet6:cidr`` appends."""
        return self.address.partition("/")[0]

    @property
    def ip(self) -> IPv6Address | None:
        """The address without its scope, if it is one."""
        try:
            return IPv6Address(self.number.partition("%")[0])
        except (AddressValueError, NetmaskValueError):
            return None

    @property
    def prefixlen(self) -> int | None:
        """The length of the prefix."""
        return _length(_after(self.words, "prefixlen") or self.address.partition("/")[2])

    @property
    def states(self) -> frozenset[str]:
        """Which of tentative, duplicated, deprecated, autoconf, … are said."""
        return frozenset(self.words) & INET6_STATES


INET6_STATES = frozenset(
    (
        "anycast",
        "tentative",
        "duplicated",
        "detached",
        "deprecated",
        "autoconf",
        "temporary",
        "prefer_source",
    )
)


@dataclass(frozen=True, slots=True)
class Heading(Line):
    """``lagg options:``, ``lagg statistics:`` or ``supported media:``."""

    title: str

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\t{self.title}:"


@dataclass(frozen=True, slots=True)
class BridgeMember(Line):
    """``member: em0 flags=143<LEARNING,…>`` of a bridge."""

    member: str
    flags: Bits

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\tmember: {self.member} flags={self.flags.text}"


@dataclass(frozen=True, slots=True)
class Groups(Line):
    """``groups: lagg``; up to FreeBSD 12 a space follows the last one (``trailing``)."""

    names: tuple[str, ...]
    trailing: bool = False

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\tgroups: {' '.join(self.names)}{' ' if self.trailing else ''}"


@dataclass(frozen=True, slots=True)
class Vlan(Line):
    """``vlan: 10 vlanproto: 802.1q vlanpcp: 0 parent interface: lagg0``.

    ``middle`` is the text between the tag and the parent: FreeBSD 12 has no vlanproto.
    """

    tag: int
    middle: str
    parent: str

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\tvlan: {self.tag} {self.middle}parent interface: {self.parent}"

    def value(self, key: str) -> str | None:
        """Return the word after ``vlanproto:`` or ``vlanpcp:``."""
        return _after(tuple(self.middle.split()), key)


@dataclass(frozen=True, slots=True)
class Media(Line):
    """``media: Ethernet autoselect (1000baseT <full-duplex>)``; ``active`` is in parentheses."""

    selected: str
    active: str | None = None

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\tmedia: {self.selected}" + ("" if self.active is None else f" ({self.active})")


@dataclass(frozen=True, slots=True)
class SupportedMedia(Line):
    """``media 1000baseT mediaopt full-duplex`` below ``supported media:`` (with -m)."""

    media: str

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\t\tmedia {self.media}"


@dataclass(frozen=True, slots=True)
class Keyed(Line):
    """Any other ``word: value``, such as status, drivername or fib."""

    key: str
    value: str

    @property
    def text(self) -> str:
        """The line without its newline."""
        return f"\t{self.key}: {self.value}"

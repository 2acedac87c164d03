"""pcap-filter(7) expressions, as many of them as people use at a LAGG.

Understood: ``ether proto|host|src|dst``, ``arp``, ``ip``, ``ip6``, ``icmp``, ``icmp6``,
``udp``, ``tcp``, ``[src|dst] host|net|port``, ``vlan``, ``ether multicast|broadcast``,
``inbound``, ``outbound``, ``less``, ``greater``, with ``and``, ``or``, ``not`` and
parentheses. Anything else is a FilterError, never a filter that means something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from lagg_tool.wire.ethernet import BROADCAST, Ethernet, EtherType, is_multicast, mac
from lagg_tool.wire.ip import Ipv4, Ipv6, Protocol


class FilterError(ValueError):
    """The expression cannot be compiled."""


@dataclass(frozen=True)
class Seen:
    """A frame, taken apart as far as filters look."""

    frame: bytes
    outbound: bool
    ethernet: Ethernet
    ip: Ipv4 | Ipv6 | None

    @classmethod
    def of(cls, frame: bytes, *, outbound: bool) -> Seen | None:
        """Take a frame apart; None where it has no Ethernet header."""
        ethernet = Ethernet.parse(frame)
        if ethernet is None:
            return None
        packet: Ipv4 | Ipv6 | None = None
        if ethernet.ethertype == EtherType.IPV4:
            packet = Ipv4.parse(ethernet.payload)
        elif ethernet.ethertype == EtherType.IPV6:
            packet = Ipv6.parse(ethernet.payload)
        return cls(frame, outbound, ethernet, packet)

    @property
    def protocol(self) -> int | None:
        """The protocol that an IP packet carries."""
        if isinstance(self.ip, Ipv4):
            return self.ip.protocol
        return self.ip.next_header if self.ip is not None else None

    @property
    def ports(self) -> tuple[int, int] | None:
        """Source and destination port of a first or only UDP or TCP fragment."""
        first = not (isinstance(self.ip, Ipv4) and self.ip.offset)
        carries = self.protocol in {Protocol.UDP, Protocol.TCP}
        if self.ip is None or not first or not carries or len(self.ip.payload) < 4:
            return None
        data = self.ip.payload
        return int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")


Predicate = Callable[[Seen], bool]


def everything(_: Seen) -> bool:
    """Let every frame pass."""
    return True


def _ethertype(number: int) -> Predicate:
    return lambda seen: not seen.ethernet.tags and seen.ethernet.ethertype == number


def _protocol(version: type[Ipv4 | Ipv6] | None, number: int) -> Predicate:
    return lambda seen: (
        (version is None or isinstance(seen.ip, version)) and seen.protocol == number
    )


PLAIN: dict[str, Predicate] = {
    "arp": _ethertype(EtherType.ARP),
    "ip": _ethertype(EtherType.IPV4),
    "ip6": _ethertype(EtherType.IPV6),
    "icmp": _protocol(Ipv4, Protocol.ICMP),
    "icmp6": _protocol(Ipv6, Protocol.ICMPV6),
    "udp": _protocol(None, Protocol.UDP),
    "tcp": _protocol(None, Protocol.TCP),
    "inbound": lambda seen: not seen.outbound,
    "outbound": lambda seen: seen.outbound,
    "broadcast": lambda seen: seen.ethernet.dst == BROADCAST,
    "multicast": lambda seen: is_multicast(seen.ethernet.dst),
}
ETHER_NAMES = {
    "ip": EtherType.IPV4,
    "arp": EtherType.ARP,
    "ip6": EtherType.IPV6,
    r"\ip": EtherType.IPV4,
    r"\arp": EtherType.ARP,
    r"\ip6": EtherType.IPV6,
}
_TOKEN = re.compile(r"\(|\)|!|[^\s()!]+|&&|\|\|")
_SIDES = {"src": (True, False), "dst": (False, True), "": (True, True)}


def compile_filter(expression: str) -> Predicate:
    """Return what decides whether a frame passes. Raises FilterError."""
    tokens = _TOKEN.findall(expression)
    if not tokens:
        return everything
    parser = _Parser(tokens)
    predicate = parser.either()
    if parser.rest:
        raise FilterError("syntax error")
    return predicate


class _Parser:
    """Recursive descent: or, and, not, primitives."""

    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens

    def _next(self) -> str:
        if not self.rest:
            raise FilterError("syntax error")
        return self.rest.pop(0)

    def _take(self, *words: str) -> bool:
        if self.rest and self.rest[0] in words:
            self.rest.pop(0)
            return True
        return False

    def either(self) -> Predicate:
        """Parse alternatives."""
        left = self._both()
        while self._take("or", "||"):
            left = _or(left, self._both())
        return left

    def _both(self) -> Predicate:
        left = self._negated()
        while self._take("and", "&&"):
            left = _and(left, self._negated())
        return left

    def _negated(self) -> Predicate:
        if self._take("not", "!"):
            inner = self._negated()
            return lambda seen: not inner(seen)
        if self._take("("):
            inner = self.either()
            if not self._take(")"):
                raise FilterError("syntax error")
            return inner
        return self._primitive()

    def _primitive(self) -> Predicate:  # noqa: PLR0911 - one for each kind
        word = self._next()
        if word == "ether":
            return self._ether()
        if word == "vlan":
            return self._vlan()
        if word in {"less", "greater"}:
            limit = _number(self._next())
            if word == "less":
                return lambda seen: len(seen.frame) <= limit
            return lambda seen: len(seen.frame) >= limit
        if word in {"udp", "tcp"} and self.rest[:1] in (["port"], ["src"], ["dst"]):
            return _and(PLAIN[word], self._primitive())
        if word in PLAIN:
            return PLAIN[word]
        return self._addressed(word)

    def _addressed(self, word: str) -> Predicate:
        side = ""
        if word in {"src", "dst"}:
            side, word = word, self._next()
        sides = _SIDES[side]
        if word == "port":
            return _port(sides, _number(self._next()))
        if word in {"host", "net"}:
            return _network(sides, self._next())
        if side:
            return _network(sides, word)
        raise FilterError("syntax error")

    def _ether(self) -> Predicate:
        word = self._next()
        if word in {"broadcast", "multicast"}:
            return PLAIN[word]
        if word == "proto":
            name = self._next()
            return _ethertype(ETHER_NAMES[name] if name in ETHER_NAMES else _number(name))
        if word in {"host", "src", "dst"}:
            self._take("host")
            sides = _SIDES["" if word == "host" else word]
            return _station(sides, self._next())
        raise FilterError("syntax error")

    def _vlan(self) -> Predicate:
        wanted = int(self.rest.pop(0)) if self.rest and self.rest[0].isdecimal() else None
        return lambda seen: (
            bool(seen.ethernet.tags)
            and wanted
            in {
                None,
                seen.ethernet.tags[0].vid,
            }
        )


def _or(left: Predicate, right: Predicate) -> Predicate:
    return lambda seen: left(seen) or right(seen)


def _and(left: Predicate, right: Predicate) -> Predicate:
    return lambda seen: left(seen) and right(seen)


def _number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise FilterError("syntax error") from None


def _station(sides: tuple[bool, bool], text: str) -> Predicate:
    try:
        address = mac(text)
    except ValueError:
        raise FilterError("syntax error") from None
    source, destination = sides
    return lambda seen: (
        (source and seen.ethernet.src == address) or (destination and seen.ethernet.dst == address)
    )


def _network(sides: tuple[bool, bool], text: str) -> Predicate:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise FilterError(f"unknown host '{text}'") from None
    source, destination = sides

    def matches(seen: Seen) -> bool:
        ends = _ends(seen)
        return ends is not None and (
            (source and ip_address(ends[0]) in network)
            or (destination and ip_address(ends[1]) in network)
        )

    return matches


def _ends(seen: Seen) -> tuple[bytes, bytes] | None:
    """Return both addresses of an IP or ARP packet."""
    if seen.ip is not None:
        return seen.ip.source.packed, seen.ip.destination.packed
    payload = seen.ethernet.payload
    if seen.ethernet.ethertype == EtherType.ARP and len(payload) >= 28:
        return payload[14:18], payload[24:28]
    return None


def _port(sides: tuple[bool, bool], number: int) -> Predicate:
    source, destination = sides

    def matches(seen: Seen) -> bool:
        ports = seen.ports
        return ports is not None and (
            (source and ports[0] == number) or (destination and ports[1] == number)
        )

    return matches

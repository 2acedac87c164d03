"""Addresses on ifconfig's command line (af_inet.c, af_inet6.c, af_link.c).

They are read at once and set after all other words, by ``apply``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from types import MappingProxyType

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.programs import names
from lagg_tool.simulator.programs.ifconfig.session import IfconfigError, Session, reporting
from lagg_tool.simulator.programs.ifconfig.word import Arguments, Word

FAMILIES: Mapping[str, str] = MappingProxyType(
    {"inet": "inet", "inet6": "inet6", "link": "link", "ether": "link", "lladdr": "link"}
)
_LLADDR_LENGTH = 6


# -- reading


def take(session: Session, word: str) -> None:
    """Take a word as the address, or as the destination after one (setifaddr, setifdstaddr).

    Raises IfconfigError.
    """
    if session.address_given:
        if session.family == "inet":
            session.broadcast = _inet(word)
        return
    session.address_given = True
    if session.alias == 0 and session.family != "link":
        session.clear_address = True
    match session.family:
        case "inet":
            session.address = _inet_with_width(session, word)
        case "inet6":
            session.address = _inet6_with_width(session, word)
        case _:
            session.address = _lladdr(session, word)
    if session.alias < 0 and not isinstance(session.address, bytes):
        session.removed = session.address


def _inet(word: str) -> IPv4Address:
    address = names.ipv4(word)
    if address is None:
        raise IfconfigError(f"{word}: bad value")
    return address


def _inet_with_width(session: Session, word: str) -> IPv4Address:
    address, slash, width = word.rpartition("/")
    if not slash:
        return _inet(word)
    if not width[:1].isdigit() or not width.isdigit():
        raise IfconfigError(f"{word}: bad value (width invalid)")
    if int(width) > 32:
        raise IfconfigError(f"{word}: bad value (width too large)")
    session.prefix_length = int(width)
    return _inet(address)


def _inet6_with_width(session: Session, word: str) -> IPv6Address:
    address, slash, width = word.rpartition("/")
    if not slash:
        address = word
    else:
        _take_prefix_length(session, width)
    try:
        return IPv6Address(address.partition("%")[0])
    except AddressValueError as error:
        raise IfconfigError(f"{address}: bad value") from error


def _lladdr(session: Session, word: str) -> bytes:
    if word == "random":
        octets = bytearray(session.kernel.random.randbytes(_LLADDR_LENGTH))
        octets[0] = octets[0] & ~1 | 2
        return bytes(octets)
    if not re.fullmatch(r"[0-9a-fA-F]{1,2}([:.-][0-9a-fA-F]{1,2})*", word, re.ASCII):
        raise IfconfigError(f"{word}: bad value")
    return bytes(int(part, 16) for part in re.split(r"[:.-]", word))


def _take_mask(session: Session, word: str) -> None:
    session.mask_given = True
    if session.family != "inet":
        return
    mask = int(_inet(word))
    length = mask.bit_count()
    session.prefix_length = length


def _take_broadcast(session: Session, word: str) -> None:
    if session.family == "inet":
        session.broadcast = _inet(word)


def _take_prefix_length(session: Session, word: str) -> None:
    if session.family != "inet6":
        return
    if not word.isdigit() or int(word) > 128:
        raise IfconfigError(f"{word}: bad value")
    session.prefix_length = int(word)


def _note_alias(session: Session, _word: str, *, add: bool) -> None:
    """Note that the address is one more, or one less (notealias)."""
    if (
        session.address_given
        and session.alias == 0
        and not add
        and not isinstance(session.address, bytes)
    ):
        session.removed = session.address
    session.alias = 1 if add else -1
    session.clear_address = not add
    session.new_address = add


WORDS: Mapping[str, Word] = MappingProxyType(
    {
        "alias": Word(Arguments.NONE, partial(_note_alias, add=True)),
        "add": Word(Arguments.NONE, partial(_note_alias, add=True)),
        "-alias": Word(Arguments.NONE, partial(_note_alias, add=False)),
        "delete": Word(Arguments.NONE, partial(_note_alias, add=False)),
        "remove": Word(Arguments.NONE, partial(_note_alias, add=False)),
        "netmask": Word(Arguments.ONE, _take_mask),
        "broadcast": Word(Arguments.ONE, _take_broadcast),
        "prefixlen": Word(Arguments.ONE, _take_prefix_length),
    }
)


# -- setting


def apply(session: Session) -> None:
    """Remove and set what was read, in this order. Raises IfconfigError."""
    if session.clear_address:
        _remove(session)
    if session.new_address and (session.address_given or session.mask_given):
        _set(session)


def _remove(session: Session) -> None:
    no_previous = Errno.EADDRNOTAVAIL if session.alias >= 0 else None
    with reporting("ioctl (SIOCDIFADDR)", politely=True, ignoring=no_previous):
        session.demand_privilege()
        interface, removed = session.interface, session.removed
        if isinstance(removed, IPv6Address):
            session.vnet.inet6.delete_address(interface, removed)
        elif session.family == "inet6":
            raise KernelError(Errno.EADDRNOTAVAIL)
        else:
            session.vnet.inet.delete_address(interface, removed)


def _set(session: Session) -> None:
    interface, address, length = session.interface, session.address, session.prefix_length
    with reporting("ioctl (SIOCAIFADDR)", politely=True):
        session.demand_privilege()
        match address:
            case IPv4Address():
                width = _classful_length(address) if length is None else length
                session.vnet.inet.add_address(
                    interface, IPv4Interface((address, width)), session.broadcast, alias=True
                )
            case IPv6Address():
                width = 64 if length is None else length
                session.vnet.inet6.add_address(interface, IPv6Interface((address, width)))
            case bytes():
                if len(address) != _LLADDR_LENGTH or address[0] & 1:
                    raise KernelError(Errno.EINVAL)
                interface.set_lladdr(address)
            case None:
                raise KernelError(Errno.EDESTADDRREQ)


def _classful_length(address: IPv4Address) -> int:
    first = address.packed[0]
    return 8 if first < 128 else 16 if first < 192 else 24

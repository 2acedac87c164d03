"""From the text of ``ifconfig [-v] [-m]`` to lines; total, in one pass.

The patterns are strict, so that a line which is understood prints back as it was read;
whatever does not fit them is Unknown, and kept. A text that ifconfig did not print like
this is restored first (``pasted``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lagg_tool.ifconfig.beginnings import BEGIN, begins
from lagg_tool.ifconfig.detail_lines import DETAILS, WLAN_MORE, Detail
from lagg_tool.ifconfig.lagg_lines import Figure, LaggFlags, LaggPort, LaggProto, Peer, PeerLine
from lagg_tool.ifconfig.lines import (
    Bits,
    BridgeMember,
    Description,
    Groups,
    Header,
    Heading,
    Inet,
    Inet6,
    Keyed,
    Line,
    LinkAddress,
    Media,
    Options,
    SupportedMedia,
    Unknown,
    Vlan,
)
from lagg_tool.ifconfig.listing import Interface, Listing
from lagg_tool.ifconfig.pasted import is_pasted, restore
from lagg_tool.pasted_text import put_together, unfilled

# Numbers as printf writes them: no leading zeros, and short enough for int() to take.
_HEX = r"(0|[1-9a-f][0-9a-f]{0,15})"
_DECIMAL = r"(0|-?[1-9][0-9]{0,18})"
_BITS = _HEX + r"<([^<>]*)>"
_PEER = (
    # People replace octets of the address, or all of it.
    r"\(([0-9A-F]{4}),([^(),]+),([0-9A-F]{4}),([0-9A-F]{4}),([0-9A-F]{4})\)"
)

_header = re.compile(
    rf"(vnet\d+:\d+|[^\s:]+): flags={_BITS} metric {_DECIMAL} mtu {_DECIMAL}(.*)"
).fullmatch
_options = re.compile(rf"\t(options|capabilities|nd6 options)={_HEX}(?:<([^<>]*)>)?").fullmatch
_address = re.compile(r"\t(ether|hwaddr|lladdr) (.*)").fullmatch
_proto = re.compile(r"\tlaggproto ([^ ]*)(?: lagghash ([^ ]*))?").fullmatch
_port = re.compile(rf"\tlaggport: ([^ ]+) flags={_BITS}(?: state={_BITS})?").fullmatch
_member = re.compile(rf"\tmember: ([^ ]+) flags={_BITS}").fullmatch
_vlan = re.compile(rf"\tvlan: {_DECIMAL} (.*?)parent interface: (.+)").fullmatch
_media = re.compile(r"\tmedia: ([^()]*?)(?: \((.*)\))?").fullmatch
_keyed = re.compile(r"\t([A-Za-z][A-Za-z0-9 _-]*): (.*)").fullmatch
_figure = re.compile(rf"\t\t([a-z][a-z_ ]*): {_DECIMAL}").fullmatch
_lagg_flags = re.compile(rf"\t\tflags={_BITS}").fullmatch
_peers = {
    "lag id actor": re.compile(rf"\tlag id: \[{_PEER},").fullmatch,
    "lag id partner": re.compile(rf"\t\t {_PEER}\]").fullmatch,
    "actor": re.compile(rf"\t\t\[{_PEER},").fullmatch,
}
_HEADINGS = frozenset(("lagg options", "lagg statistics", "supported media"))


def _bits(number: str, names: str | None) -> Bits:
    if names is None:
        return Bits(int(number, 16), (), bare=True)
    return Bits(int(number, 16), tuple(names.split(",")) if names else ())


def _description(line: str) -> Line | None:
    return Description(line[14:]) if line.startswith("\tdescription: ") else None


def _option_bits(line: str) -> Line | None:
    found = _options(line)
    if found is None or (found[3] is None and found[2] != "0"):
        return None  # only zero is printed without names
    return Options(found[1], _bits(found[2], found[3]))


def _link_address(line: str) -> Line | None:
    found = _address(line)
    return LinkAddress(found[1], found[2]) if found else None


def _inet(line: str) -> Line | None:
    if not line.startswith("\tinet "):
        return None
    address, *words = line[6:].split(" ")
    return Inet(address, tuple(words))


def _inet6(line: str) -> Line | None:
    if not line.startswith("\tinet6 "):
        return None
    address, *words = line[7:].split(" ")
    return Inet6(address, tuple(words))


def _lagg_proto(line: str) -> Line | None:
    found = _proto(line)
    if found is None:
        return None
    return LaggProto(found[1], None if found[2] is None else tuple(found[2].split(",")))


def _lagg_port(line: str) -> Line | None:
    found = _port(line)
    if found is None:
        return None
    state = None if found[4] is None else _bits(found[4], found[5])
    return LaggPort(found[1], _bits(found[2], found[3]), state)


def _bridge_member(line: str) -> Line | None:
    found = _member(line)
    return BridgeMember(found[1], _bits(found[2], found[3])) if found else None


def _group_names(line: str) -> Line | None:
    if not line.startswith("\tgroups: "):
        return None
    names = line[9:]
    trailing = names.endswith(" ")
    return Groups(tuple((names[:-1] if trailing else names).split(" ")), trailing)


def _vlan_tag(line: str) -> Line | None:
    found = _vlan(line)
    return Vlan(int(found[1]), found[2], found[3]) if found else None


def _media_words(line: str) -> Line | None:
    found = _media(line)
    return Media(found[1], found[2]) if found else None


def _peer(place: str, line: str) -> Line | None:
    found = _peers[place](line)
    if found is None:
        return None
    priority, system, key, port_priority, port = found.groups()
    return PeerLine(
        place, Peer(int(priority, 16), system, int(key, 16), int(port_priority, 16), int(port, 16))
    )


# By the first word of the line, up to a blank, a colon or an equals sign.
_BY_WORD: dict[str, Callable[[str], Line | None]] = {
    "options": _option_bits,
    "capabilities": _option_bits,
    "nd6": _option_bits,
    "ether": _link_address,
    "hwaddr": _link_address,
    "lladdr": _link_address,
    "inet": _inet,
    "inet6": _inet6,
    "description": _description,
    "laggproto": _lagg_proto,
    "laggport": _lagg_port,
    "member": _bridge_member,
    "groups": _group_names,
    "vlan": _vlan_tag,
    "media": _media_words,
    "lag": lambda line: _peer("lag id actor", line),
}
_word = re.compile(r"\t([a-z0-9]+)[ :=]").match


def _attribute(line: str) -> Line:
    found = _word(line)
    parse = _BY_WORD.get(found[1]) if found else None
    if parse is not None:
        understood = parse(line)
        if understood is not None:
            return understood
    if line[-1:] == ":" and line[1:-1] in _HEADINGS:
        return Heading(line[1:-1])
    keyed = _keyed(line)
    return Keyed(keyed[1], keyed[2]) if keyed else _detail(line)


def _detail(line: str) -> Line:
    words = line.lstrip("\t ")
    indent = line[: len(line) - len(words)]
    for begin, kind, expected in DETAILS:
        if indent == expected and begin.match(words):
            return Detail(kind, indent, words)
    return Unknown(line)


def _continuation(line: str) -> Line:
    if line.startswith("\t\tmedia "):
        return SupportedMedia(line[8:])
    if line.startswith("\t\tflags="):
        flags = _lagg_flags(line)
        return LaggFlags(_bits(flags[1], flags[2])) if flags else Unknown(line)
    if line.startswith("\t\t["):
        return _peer("actor", line) or Unknown(line)
    if line.startswith("\t\t ("):
        return _peer("lag id partner", line) or Unknown(line)
    figure = _figure(line)
    return Figure(figure[1], int(figure[2])) if figure else Unknown(line)


def parse(text: str) -> Listing:
    """Read what ifconfig printed. Never fails: ``parse(text).text == text`` for any text."""
    if not is_pasted(text):
        interfaces, before = _read(text.removesuffix("\n").split("\n") if text else ())
        if not before and not any(_is_puzzle(line) for each in interfaces for line in each.lines):
            return Listing(interfaces, source=text)
    best = _restored(text, text)
    for other in put_together(text, BEGIN, begins) if best.outside or _puzzles(best) else ():
        read = best if other == text else _restored(other, text)
        if _puzzles(read) < _puzzles(best) and _understood(read) >= _understood(best):
            best = read
    if best.outside or _puzzles(best):
        read = _restored(unfilled(text, begins), text)
        if _puzzles(read) < _puzzles(best) and _understood(read) > _understood(best):
            best = read
    return best


def _restored(handed_on: str, source: str) -> Listing:
    restored = restore(handed_on)
    interfaces, before = _read(restored.lines)
    return Listing(interfaces, (*before, *restored.outside), source=source)


def _puzzles(listing: Listing) -> int:
    """Return how many characters of a listing were not understood."""
    lines = (line.text for each in listing.interfaces for line in each.lines if _is_puzzle(line))
    return sum(map(len, (*listing.outside, *lines)))


def _understood(listing: Listing) -> int:
    """Return how many lines of a listing were understood, but those that only go on."""
    return sum(
        not (_is_puzzle(line) or (isinstance(line, Detail) and line.kind == WLAN_MORE))
        for interface in listing.interfaces
        for line in (interface.header, *interface.lines)
    )


def _is_puzzle(line: Line) -> bool:
    """Return whether a line is unknown, or has a word of another form than it should."""
    return isinstance(line, Unknown) or (isinstance(line, Keyed) and line.key in _BY_WORD)


def _read(lines: Iterable[str]) -> tuple[tuple[Interface, ...], tuple[str, ...]]:
    """Return the interfaces of lines, and the lines before the first one."""
    before: list[str] = []
    interfaces: list[Interface] = []
    header: Header | None = None
    current: list[Line] = []
    for line in lines:
        found = None if line.startswith("\t") else _header(line)
        if found:
            if header is not None:
                interfaces.append(Interface(header, tuple(current)))
            name, flags, names, metric, mtu, rest = found.groups()
            header = Header(name, _bits(flags, names), int(metric), int(mtu), rest)
            current = []
        elif header is None:
            before.append(line)
        elif line.startswith("\t\t"):
            current.append(_continuation(line))
        else:
            current.append(_in_wlan(current, _attribute(line)))
    if header is not None:
        interfaces.append(Interface(header, tuple(current)))
    return tuple(interfaces), tuple(before)


def _in_wlan(before: list[Line], line: Line) -> Line:
    """Take a line without a beginning of its own for one more of the wlan's options."""
    last = before[-1] if before else None
    if isinstance(line, Unknown) and isinstance(last, Detail) and last.kind in _WLAN:
        return Detail(WLAN_MORE, "\t", line.raw[1:]) if line.raw.startswith("\t") else line
    return line


_WLAN = frozenset(("wlan", WLAN_MORE))

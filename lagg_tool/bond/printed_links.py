"""What ``ip -d link`` and ``ip addr`` print, for people or as JSON, in any text: Links and bonds.

The words are iproute2's own (ip/ipaddress.c, iplink_bond.c, iplink_bond_slave.c): those that it
prints for people become the names that it has in JSON, which ``links`` reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from ipaddress import ip_interface
from itertools import pairwise
from textwrap import dedent
from typing import Any

from lagg_tool.bond.links import Link, read_links
from lagg_tool.bond.report import (
    NO_PARTNER,
    UNNAMED,
    Aggregator,
    BondReport,
    Pdu,
    PortReport,
    Reports,
    has_report,
    parse_reports,
)
from lagg_tool.errors import UnreadableError
from lagg_tool.pasted_text import plain
from lagg_tool.wire.slow import State

_BEGIN = r"(?<![\w.])\d{1,9}: [^\s:@]{1,15}(?:@[^\s:]{1,15})?: <(?=[A-Z])"
_ENTRY = re.compile(
    r"\d+: (?P<name>[^\s:@]+)(?:@(?P<parent>[^\s:]+))?: <(?P<flags>[A-Z0-9_,-]*)> +mtu (?P<mtu>\d+)"
)
# A line that goes on with an interface: an indented one, or what a mail has broken.
_GOES_ON = re.compile(r"[ \t]+\S|(?!.*(?:: |[#$%] ))[a-z0-9<]")
_CUT = re.compile(r"(?!.*[#$%] )\S")  # one that goes on in the middle of a word
_BONDS = re.compile(r"<[A-Z0-9_,-]*(?:MASTER|SLAVE)[A-Z0-9_,-]*>\s+mtu \d")
_END = r"(?= addrgenmode | numtxqueues | RX: | inet6? |$)"
_BOND, _PORT = (
    re.compile(rf"(?<!\S){words}.*?{_END}") for words in ("bond mode ", "bond_slave state ")
)
_KIND = re.compile(r"promiscuity \d+ (?:allmulti \d+ )?(?:minmtu \d+ maxmtu \d+ )?(\w+)")
_NO_KIND = frozenset(("addrgenmode", "numtxqueues", "inet", "inet6", "RX", "bridge_slave"))
_ADDRESS = re.compile(
    r"(?<!\S)inet6? ([^\s/]+)(?: peer [^\s/]+)?/(\d+) .*?scope (\w+)( .*?)??(?= inet|$)"
)
# A line of ip -o addr, and one of ip -br addr.
_ONE_LINE = re.compile(
    r"\s*(?:\d{1,9}: (?P<name>\S{1,15})\s+(?P<words>inet6? .*)"
    r"|(?P<brief>[^\s:@]{1,15})(?:@\S+)?\s+(?:UP|DOWN|UNKNOWN)\s+(?P<own>[0-9a-f.:]+/\d.*))"
)
_SENT = re.compile(r"TX: +bytes +packets [a-z ]*\d+ +(\d+)")
_IN_JSON = {"lacp_rate": "ad_lacp_rate", "lacp_active": "ad_lacp_active"}
_AGGREGATOR = ("aggregator", "num_ports", "actor_key", "partner_key", "partner_mac")


def has_bonds(text: str) -> bool:
    """Return whether the bonding driver or iproute2 printed bonds in a text, or their ports."""
    return has_report(text) or (_has_links(text) and bool(bonds_of(printed_links(text)[0])))


def _has_links(text: str) -> bool:
    return _BONDS.search(unescape(text)) is not None or (
        '"ifname"' in text and re.search(r'_kind"\s*:\s*"bond"', text) is not None
    )


def parse_bonds(text: str) -> Reports:
    """Read the bonds of a text, and the interfaces that are printed with them."""
    read = parse_reports(text) if has_report(text) else Reports((), (), text)
    if not _has_links(text):
        return read
    links, outside = printed_links(text)
    shown, reported = bonds_of(links), list(read.bonds)
    if [each.name for each in reported] == [UNNAMED] and len(shown) == 1:
        reported = [replace(reported[0], name=shown[0].name)]
    names = {each.name for each in reported}
    lines = {line.strip() for line in outside}
    around = [line for line in read.outside if line.strip() in lines] if read.lines else outside
    return replace(
        read,
        bonds=(*reported, *(each for each in shown if each.name not in names)),
        links=links,
        around=tuple(line for line in around if line.strip()),
    )


def printed_links(text: str) -> tuple[dict[str, Link], list[str]]:
    """Return the interfaces that iproute2 printed in a text, and the other lines of it."""
    found: dict[str, dict[str, Any]] = {}
    text, entries = _without_json(plain(text, _BEGIN))
    lines = [line for line in dedent(text).split("\n") if line.strip()]
    words, outside = _sorted([line for line in lines if not _ONE_LINE.match(line)])
    entries += [entry for each in words if (entry := _entry(each))]
    for entry in entries:
        found[entry["ifname"]] = found.get(entry["ifname"], {}) | entry
    for line in filter(None, map(_ONE_LINE.match, lines)):
        entry = found.get(line["name"] or line["brief"], {})
        known = entry.setdefault("addr_info", [])
        if entry.get("ifname") and isinstance(known, list):
            known += [each for each in _addresses(_of_one_line(line)) if each not in known]
        else:
            outside.append(line[0])
    data = json.dumps([_completed(entry) for entry in found.values()])
    try:
        return read_links(data, data), outside
    except UnreadableError:
        return {}, outside


def _without_json(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Take the lists of interfaces out of a text."""
    entries: list[dict[str, Any]] = []
    at = text.find("[")
    while at >= 0 and '"ifname"' in text:
        try:
            data, end = json.JSONDecoder().raw_decode(text, at)
        except (ValueError, RecursionError):
            data, end = None, at + 1
        if isinstance(data, list) and any(isinstance(each, dict) for each in data):
            entries += [each for each in data if isinstance(each, dict) and each.get("ifname")]
            text, end = text[:at] + text[end:], at
        at = text.find("[", end)
    return text, entries


def _terminal_width(lines: list[str]) -> int | None:
    """Return the width at which a terminal has cut all that it cut; mail breaks at blanks."""
    cut = [
        len(before)
        for before, line in pairwise(lines)
        if _CUT.match(line) and not re.match(_BEGIN, line)
    ]
    widest = max(map(len, lines), default=0)
    return widest if len(cut) > 1 and set(cut) == {widest} else None


def _sorted(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return what was printed of each interface as one line, and the lines of others."""
    entries: list[str] = []
    outside: list[str] = []
    inside = False
    width = _terminal_width(lines)
    for before, line in pairwise(["", *lines]):
        begins = re.match(_BEGIN, line) is not None
        cut = len(before) == width and _CUT.match(line) is not None
        inside = begins or (inside and (cut or _GOES_ON.match(line) is not None))
        if begins:
            entries.append(line)
        elif inside:
            entries[-1] += line if cut else f" {line}"
        else:
            outside.append(line)
    return [" ".join(each.replace("\\", " ").split()) for each in entries], outside


def _entry(words: str) -> dict[str, Any] | None:
    """Return an interface as iproute2's JSON has it; None for one that was cut off."""
    begin = _ENTRY.match(words)
    if begin is None:
        return None
    entry: dict[str, Any] = {
        "ifname": begin["name"],
        "flags": begin["flags"].split(","),
        "mtu": int(begin["mtu"][:9]),
    }
    for key, said in {
        "address": r"link/\w+ (\S+)",
        "link_type": r"link/(\w+)",
        "master": r"(?<!\S)master (\S+)",
        "permaddr": r"(?<!\S)permaddr (\S+)",
    }.items():
        if value := re.search(said, words):
            entry[key] = value[1]
    if addresses := list(_addresses(words)):
        entry["addr_info"] = addresses
    if sent := _SENT.search(words):
        entry["stats64"] = {"tx": {"packets": int(sent[1][:19])}}
    if begin["parent"]:
        entry["link"] = begin["parent"]
    if kind := _KIND.search(words):
        entry |= {"promiscuity": 0, "linkinfo": _linkinfo(kind[1], words)}
    return entry


def _of_one_line(line: re.Match[str]) -> str:
    """Return the addresses of a line as ip addr prints them; ip -br addr prints no scope."""
    if line["words"]:
        return line["words"].replace("\\", " ")
    return " ".join(
        f"inet {each} scope {'link' if each.startswith('fe80:') else 'global'}"
        for each in line["own"].split()
    )


def _addresses(words: str) -> Iterator[dict[str, Any]]:
    for local, length, scope, more in _ADDRESS.findall(words):
        yield {"local": local, "prefixlen": length, "scope": scope, "dynamic": " dynamic" in more}


def _is_whole(address: Any) -> bool:
    """Return whether an address can be read: somebody may have masked it."""
    try:
        ip_interface(f"{address['local']}/{address['prefixlen']}")
    except (KeyError, TypeError, ValueError):
        return False
    return True


def _linkinfo(kind: str, words: str) -> dict[str, Any]:
    bond, port = _BOND.search(words), _PORT.search(words)
    if bond:
        own = _pairs(bond[0].removeprefix("bond "))
        if "ad_aggregator" in own:
            own["ad_info"] = {key: own[f"ad_{key}"] for key in _AGGREGATOR if f"ad_{key}" in own}
        return {"info_kind": "bond", "info_data": own}
    if port:
        return {
            "info_slave_kind": "bond",
            "info_slave_data": _pairs(port[0].removeprefix("bond_slave ")),
        }
    if kind == "vlan" and (tag := re.search(r"vlan protocol \S+ id (\d+)", words)):
        return {"info_kind": kind, "info_data": {"id": int(tag[1][:9])}}
    return {} if kind in _NO_KIND else {"info_kind": kind}


def _pairs(words: str) -> dict[str, Any]:
    split = re.sub(r" \w+_str <[^<>]*>", "", words).split()
    return {
        _IN_JSON.get(key, key): int(value) if re.fullmatch(r"\d{1,15}", value) else value
        for key, value in zip(split[::2], split[1::2], strict=False)
    }


def _completed(entry: dict[str, Any]) -> dict[str, Any]:
    """Say of what kind an interface is where that was not asked for (-d)."""
    if isinstance(addresses := entry.get("addr_info"), list):
        entry = entry | {"addr_info": [each for each in addresses if _is_whole(each)]}
    if not {"promiscuity", "linkinfo"} & set(entry):
        flags = entry.get("flags", ())
        kind = {"info_kind": "bond" if "MASTER" in flags else "unknown"}
        return entry | {"linkinfo": {} if {"SLAVE", "LOOPBACK"} & set(flags) else kind}
    info = entry.get("linkinfo")
    own = info if isinstance(info, dict) else {}
    for key in ("info_data", "info_slave_data"):
        own = own if isinstance(own.get(key, {}), dict) else own | {key: {}}
    return entry | {"linkinfo": own}


def bonds_of(links: Mapping[str, Link]) -> list[BondReport]:
    """Return the bonds among interfaces, as the driver would report them, as far as is shown."""
    ports = [each.master for each in links.values() if "SLAVE" in each.flags]
    names = [name for name, link in links.items() if link.is_bond]
    return [
        _bond(links.get(name, Link(name)), links)
        for name in dict.fromkeys((*names, *ports))
        # Azure has a SLAVE, the VF of a NIC, whose master is no bond.
        if name and (name not in links or links[name].is_bond)
    ]


def _bond(link: Link, links: Mapping[str, Link]) -> BondReport:
    own, info = link.bond, _aggregator_info(link)
    ports = [each for each in links.values() if each.master == link.name]
    lacp = "802.3ad" if any("ad_aggregator_id" in each.port for each in ports) else ""
    return BondReport(
        name=link.name,
        mode=link.mode or lacp,
        hash_policy=_word(own, "xmit_hash_policy"),
        mii="up" if link.carrier else "down",
        miimon=_number(own, "miimon"),
        arp_interval=_number(own, "arp_interval"),
        primary=_word(own, "primary"),
        active=_word(own, "active_slave"),
        lacp_rate=_word(own, "ad_lacp_rate"),
        lacp_active=_word(own, "ad_lacp_active"),
        min_links=_number(own, "min_links"),
        ad_select=_word(own, "ad_select"),
        aggregator=Aggregator(
            _number(info, "aggregator"),
            _number(info, "num_ports"),
            _number(info, "actor_key"),
            _number(info, "partner_key"),
            _word(info, "partner_mac"),
        )
        if info
        else None,
        no_aggregator=link.mode == "802.3ad" and link.up and not info,
        ports=tuple(_port(each, info) for each in ports),
    )


def _aggregator_info(link: Link) -> Mapping[str, Any]:
    info = link.bond.get("ad_info")
    return info if isinstance(info, Mapping) else {}


def _number(own: Mapping[str, Any], key: str) -> int | None:
    value = own.get(key)
    return value if isinstance(value, int) else None


def _word(own: Mapping[str, Any], key: str) -> str:
    return str(own.get(key) or "")


def _port(link: Link, info: Mapping[str, Any]) -> PortReport:
    own = link.port
    status = _word(own, "mii_status") or ("UP" if link.carrier else "DOWN")
    actor, partner = (_state(own, side) for side in ("actor", "partner"))
    number = _number(own, "ad_aggregator_id")
    active = number is not None and number == _number(info, "aggregator")
    system = _word(info, "partner_mac") if active else ""
    if actor is not None and actor & State.DEFAULTED:
        system = NO_PARTNER
    key = _number(info, "partner_key") if active else None
    return PortReport(
        name=link.name,
        mii=status.lower().replace("_", " "),
        failures=_number(own, "link_failure_count"),
        # Without details, only an address that differs from the one in use is the NIC's own.
        permanent=_word(own, "perm_hwaddr") or link.permanent * (link.permanent != link.ether),
        aggregator=number,
        actor=None if actor is None else Pdu(state=actor),
        partner=None if partner is None else Pdu(system=system, key=key, state=partner),
    )


def _state(own: Mapping[str, Any], side: str) -> State | None:
    value = _number(own, f"ad_{side}_oper_port_state")
    return None if value is None else State(value & 0xFF)

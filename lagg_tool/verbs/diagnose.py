"""``lagg-tool diagnose``: why a LAGG does not come up, on a host or from what was pasted."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import sys
from collections.abc import Container, Iterable, Mapping, Sequence

from lagg_tool import numbers
from lagg_tool.bond import diagnosis as bonds
from lagg_tool.bond.captured import bond_captured
from lagg_tool.bond.finding import BondSeen
from lagg_tool.bond.report import Reports
from lagg_tool.errors import UnreadableError, UsageError
from lagg_tool.lagg.captured import captured
from lagg_tool.lagg.diagnosis import diagnose, found_earlier, laggs_of, see, unseen
from lagg_tool.lagg.frames import lacpdu_of
from lagg_tool.lagg.moments import hosts, in_time, line_of
from lagg_tool.nas.freebsd.boot.pasted_rc import rc_text
from lagg_tool.nas.freebsd.boot.rc_file import read_rc_file
from lagg_tool.nas.freebsd.boot_diagnosis import boot_checks
from lagg_tool.pasted_text import messages
from lagg_tool.verbs.common import NO_TARGET, add_target_arguments, nas_of, read_text
from lagg_tool.verbs.findings import Result, data_of, text_of
from lagg_tool.verbs.frames import read_capture
from lagg_tool.verbs.parse import read_listing, refuse_without_interface
from lagg_tool.wire.described import described
from lagg_tool.wire.packet import Packet

_LONGEST = 600
_INTERFACE = re.compile(r"[a-z]+\d+")
_EPILOG = """\
With a target, the host is asked. Without one, from what somebody has sent, for example:
  ifconfig -v | lagg-tool diagnose -
  cat /proc/net/bonding/bond0 | lagg-tool diagnose -
  ip -d link | lagg-tool diagnose -     # or ip -d -j link
  lagg-tool diagnose pasted.txt lagg0 --dmesg dmesg.txt --capture em0=em0.pcap

exit status: 0 nothing found; 1 causes found; 2 wrong usage, no such LAGG, or a text without
one; 3 the target cannot be reached, its host key is wrong, or it refused the login"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``diagnose``."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add(
        "lagg",
        nargs="+",
        metavar="LAGG",
        help="the interface, such as lagg0; or - (standard input) or a FILE with the output of "
        "ifconfig -v, and then the LAGGs of it, by default all",
    )
    add_target_arguments(parser)
    add(
        "--listen",
        type=numbers.whole,
        default=0,
        metavar="SECONDS",
        help="listen for the partners on the NAS; more than 30 prove silence",
    )
    add(
        "--dmesg",
        action="append",
        default=[],
        metavar="FILE",
        help="with - or FILE: the kernel's messages, or /var/log/messages; may be given several "
        "times, the oldest first",
    )
    add("--rc-conf", metavar="FILE", help="with - or FILE: the host's rc.conf")
    add(
        "--capture",
        action="append",
        default=[],
        metavar="[PORT=]FILE",
        help="with - or FILE: a capture (pcap or pcapng) on a port; may be given several times",
    )
    add("--json", action="store_true", help="the findings as JSON")


def run(options: argparse.Namespace) -> int:
    """Look, and print the causes. Returns 1 if there are any, else 0. Raises UsageError."""
    if not 0 <= options.listen <= _LONGEST:
        raise UsageError(f"--listen {options.listen}: write seconds, 0 to {_LONGEST}")
    first, *names = [options.lagg] if isinstance(options.lagg, str) else options.lagg
    if _is_text(first):
        results = _from_text(options, first, names)
    else:
        results = _from_host(options, [first, *names])
    if options.json:
        data = [data_of(result) for result in results]
        whole = data[0] if len(data) == 1 else {"laggs": data}
        origin = {} if _is_text(first) else {"provenance": options.provenance}
        print(json.dumps(origin | whole, indent=1))
    else:
        print("\n\n".join(map(text_of, results)))
    return 1 if any(result.findings or result.earlier for result in results) else 0


def _is_text(word: str) -> bool:
    """Return whether a word names a text; lagg0 names the LAGG, even beside such a file."""
    if word == "-" or "/" in word:
        return True
    # Path's fails for a long name.
    return not _INTERFACE.fullmatch(word) and os.path.exists(word)  # noqa: PTH110


def _from_host(options: argparse.Namespace, names: Sequence[str]) -> list[Result]:
    for option in ("dmesg", "rc_conf", "capture"):
        if getattr(options, option):
            raise UsageError(
                f"--{option.replace('_', '-')}: only with - or a FILE of ifconfig -v; a host is "
                "asked for these itself"
            )
    if options.target is None:
        missing = "" if _INTERFACE.fullmatch(names[0]) else f"{names[0]}: no such file; "
        raise UsageError(f"{missing}{NO_TARGET}; without one: ifconfig -v | lagg-tool diagnose -")
    with nas_of(options, read_only=True) as nas:
        return [Result(name, nas.diagnose(name, options.listen)) for name in names]


def _from_text(options: argparse.Namespace, file: str, names: Sequence[str]) -> list[Result]:
    if options.listen:
        raise UsageError("--listen: only on a host; add a capture with --capture instead")
    text = read_text(file)
    listing = read_listing(text)
    if isinstance(listing, Reports):
        return _from_bonds(options, listing, file, names)
    try:
        refuse_without_interface(listing, file)
    except UnreadableError as error:  # exit status 1 would say that causes were found
        raise UsageError(str(error)) from None
    names = names or laggs_of(listing)
    if not names:
        among = ", ".join(dict.fromkeys(listing.names))
        raise UsageError(
            f"{file}: no LAGG among {among}; a LAGG has a laggproto line in ifconfig -v"
        )
    # A paste often holds what the kernel said as well.
    dmesg = _messages(listing.outside, options.dmesg)
    ports = {port.name for each in listing.interfaces for port in each.ports}
    inside = _rc_conf_among(listing.outside, ports)
    rc_conf = rc_variables(options.rc_conf) if options.rc_conf else inside
    more = boot_checks(rc_conf, asked=bool(options.rc_conf)) if rc_conf else ()
    files = _streams(options.capture)
    streams = _with_described(files, listing.outside, ports)
    results: list[Result] = []
    placed: set[str] = set()
    laggs = [(name, *host) for name in names for host in hosts(in_time(listing), name).items()]
    for name, mac, shown in laggs:
        heard = captured(streams, name, shown)
        placed |= set(streams) - set(heard.unplaced)
        seen = see(name, shown, dmesg, heard.received, heard.watched, foreign=heard.foreign)
        active = sum("ACTIVE" in port.flags for port in seen.lagg.ports)
        boot = () if rc_conf else ("what the next boot makes of it (--rc-conf FILE)",)
        findings = diagnose(seen, more)
        earlier = found_earlier(seen, findings)
        results.append(
            Result(
                name,
                findings,
                f"{active} of {len(seen.lagg.ports)} ports active",
                (*unseen(seen), *boot),
                mac,
                line_of(listing, seen.lagg) if earlier else None,
                [(line_of(listing, lagg), finding) for lagg, finding in earlier],
            )
        )
    _tell_unplaced(place for place in files if place not in placed)
    return results


def _with_described(
    files: Mapping[str, list[Packet]], outside: Iterable[str], ports: Container[str]
) -> Mapping[str, list[Packet]]:
    """Add the LACPDUs that the text itself has as tcpdump describes them, port by port."""
    streams = {place: [*packets] for place, packets in files.items()}
    for packet in described(outside):
        pdu = lacpdu_of(packet)
        pair = f"ports {pdu.actor.port} {pdu.partner.port}" if pdu else ""
        place = packet.interface if packet.interface in ports else pair
        streams.setdefault(place, []).append(packet)
    return streams


def _tell_unplaced(places: Iterable[str]) -> None:
    for place in places:
        print(
            f"{place}: it cannot be told to which port these frames belong;"
            f" --capture PORT={place} says so",
            file=sys.stderr,
        )


def _from_bonds(
    options: argparse.Namespace, read: Reports, file: str, names: Sequence[str]
) -> list[Result]:
    """Return the findings in a text of Linux's bonding driver."""
    if options.rc_conf:
        raise UsageError("--rc-conf: a Linux host has none; leave it out")
    found = {bond.name: bond for bond in read.bonds}
    for name in names:
        if name not in found and len(found) > 1:
            raise UsageError(f"{name}: no such LAGG in {file}; there are {', '.join(found)}")
    if len(names) == 1 and len(found) == 1:  # the driver does not print a bond's own name
        found = dict.fromkeys(names, dataclasses.replace(read.bonds[0], name=names[0]))
    dmesg = _messages(read.outside, options.dmesg)
    files = _streams(options.capture)
    ports = {port.name for bond in read.bonds for port in bond.ports}
    streams = _with_described(files, read.outside, ports)
    results: list[Result] = []
    unplaced = set(files)
    for name in names or found:
        bond = found[name]
        if bond.unprivileged:
            print(f"{name}: root alone is shown what LACP holds of partners", file=sys.stderr)
        heard = bond_captured(streams, bond)
        unplaced &= set(heard.unplaced)
        seen = BondSeen(bond, read.links, dmesg, heard.received, heard.watched)
        linked = sum(port.has_link for port in bond.ports)
        looks = f"{linked} of {len(bond.ports)} ports have a link"
        results.append(Result(name, bonds.diagnose(seen), looks, bonds.unseen(seen)))
    _tell_unplaced(place for place in files if place in unplaced)
    return results


def rc_variables(file: str) -> Mapping[str, str]:
    """Return the variables of an rc.conf that somebody has sent. Raises UsageError."""
    return read_rc_file(rc_text(read_text(file))).variables


_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


def _rc_conf_among(outside: Iterable[str], ports: Iterable[str]) -> Mapping[str, str]:
    """Return rc.conf's variables in a text, if it has those of the LAGG's ports, too.

    A manual's example has other ports, and what names the LAGG alone is a part.
    """
    lines = (line for line in outside if _ASSIGNMENT.match(line))
    found = read_rc_file(rc_text("\n".join(lines))).variables
    own = any(f"ifconfig_{port}" in found for port in ports)
    return found if own and "cloned_interfaces" in found else {}


def _messages(outside: Iterable[str], files: Iterable[str]) -> list[str]:
    texts = ("\n".join(outside), *map(read_text, files))
    return [line for text in texts for line in messages(text)]


def _streams(captures: Iterable[str]) -> Mapping[str, list[Packet]]:
    """Return the packets of the captures, by port, interface or file."""
    streams: dict[str, list[Packet]] = {}
    for each in captures:
        port, equals, file = each.partition("=")
        if not equals or os.path.exists(each):  # noqa: PTH110
            port, file = "", each
        for packet in read_capture(file):
            streams.setdefault(port or packet.interface or file, []).append(packet)
    return streams

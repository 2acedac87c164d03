"""The commands that put a FreeBSD host back to a snapshot of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lagg_tool.command import Command, change, read, script
from lagg_tool.errors import UnreadableError
from lagg_tool.ifconfig import Inet, Inet6, Interface, Listing, parse
from lagg_tool.lagg.options import OFFLOADS
from lagg_tool.nas.freebsd.commit.layout import RC_CONF
from lagg_tool.nas.freebsd.rc_text import foreign_variables, rc_conf_back
from lagg_tool.nas.freebsd.settings import PortSettings, Words
from lagg_tool.nas.made import Made
from lagg_tool.nas.networks import Network, networks_of

AGGREGATE = "lagg0"
FURTHER = ("lagg1", "lagg2")  # some scenarios make these as well
# The sysctls that may be set. Each is a number.
SYSCTLS = (
    "net.link.lagg.failover_rx_all",
    "net.link.lagg.default_use_flowid",
    "net.link.lagg.default_flowid_shift",
    "net.link.lagg.lacp.default_strict_mode",
)
_PERMANENT = re.compile(r"\? \((\S+)\) at (\S+) on \S+ permanent", re.ASCII)
# The old file is whole until the new one is: a full disk leaves it as it is.
_WRITE = 'cp -p "$2" "$2.new" && printf %s "$1" >"$2.new" && mv "$2.new" "$2"'


@dataclass(frozen=True)
class Snapshot:
    """The state that can be restored: interfaces, sysctls, static ARP entries, rc.conf."""

    listing: Listing
    sysctls: Mapping[str, str]
    neighbours: Mapping[str, str] = field(default_factory=dict)  # MAC address by IP address
    rc_conf: str | None = None  # None where there is none

    @property
    def names(self) -> Sequence[str]:
        """The interfaces' names."""
        return self.listing.names

    @property
    def networks(self) -> Mapping[Network, str]:
        """The networks that it is in, with the interface of each."""
        found = self.listing.interfaces
        inet = [(i.name, f"{line.ip}/{line.prefixlen}") for i in found for line in i.inet]
        inet6 = [(i.name, f"{line.ip}/{line.prefixlen}") for i in found for line in i.inet6]
        return networks_of(inet + inet6)

    def ether(self, name: str) -> str:
        """Return the MAC address of an interface, or nothing."""
        found = self.listing.get(name)
        return (found.ether or "") if found is not None else ""


LOOKS = (
    read("ifconfig", "-a"),
    read("sysctl", "-e", *SYSCTLS),
    read("arp", "-an"),
    read("cat", RC_CONF),
)


def snapshot_of(ifconfig: str, sysctls: str, arp: str, rc_conf: str | None) -> Snapshot:
    """Return the snapshot from the output of ``LOOKS``; ``rc_conf`` None where cat failed.

    Raises UnreadableError for an empty list: then everything would seem to be gone.
    """
    listing = parse(ifconfig)
    if not listing.interfaces:
        raise UnreadableError("ifconfig -a: no interface")
    pairs = (line.partition("=") for line in sysctls.splitlines())
    own = {line.address for interface in listing.interfaces for line in interface.inet}
    return Snapshot(
        listing,
        {name: value for name, _, value in pairs},
        {ip: mac for ip, mac in _PERMANENT.findall(arp) if ip not in own},
        rc_conf,
    )


def restore_commands(
    before: Snapshot,
    now: Snapshot,
    made: Made,
    spare: Callable[[Interface], bool] = lambda _: False,
) -> list[Command]:
    """Return the commands that lead back; none when nothing of the run is left.

    While interfaces are destroyed that were made since, those on them hide how the ports
    are: look again afterwards. What the run has not made is left alone, and the interfaces
    that ``spare`` chooses.
    """
    gone = [i for i in _new(before, now) if _is_of(made, i) and not spare(i)]
    # An epair has two ends and goes with either of them.
    gone = [i for i in gone if not ("epair" in i.groups and i.name.endswith("b"))]
    gone.sort(key=lambda interface: interface.lagg is None)
    commands = [change("ifconfig", interface.name, "destroy") for interface in gone]
    if not gone:
        for port in made.ports:
            was, is_now = before.listing.get(port), now.listing.get(port)
            if was is not None and is_now is not None:
                commands += [change("ifconfig", port, *words) for words in _back(was, is_now)]
        commands += _neighbours_back(before.neighbours, now.neighbours, made)
    commands += [
        change("sysctl", f"{name}={value}")
        for name, value in before.sysctls.items()
        if now.sysctls.get(name) != value
    ]
    return commands + _rc_conf_back(before.rc_conf, now.rc_conf, made)


def foreign_changes(
    before: Snapshot,
    now: Snapshot,
    made: Made,
    spare: Callable[[Interface], bool] = lambda _: False,
) -> list[str]:
    """Return what changed since and is none of the run's, for people."""
    found = [i.name for i in _new(before, now) if not _is_of(made, i) and not spare(i)]
    variables = foreign_variables(before.rc_conf or "", now.rc_conf or "", made)
    return found + [f"rc.conf: {name}" if name else "rc.conf" for name in variables]


def _new(before: Snapshot, now: Snapshot) -> list[Interface]:
    return [i for i in now.listing.interfaces if before.listing.get(i.name) is None]


def _is_of(made: Made, interface: Interface) -> bool:
    parent = interface.vlan.parent if interface.vlan is not None else ""
    return made.has_interface(interface.name, parent)


def _rc_conf_back(before: str | None, now: str | None, made: Made) -> list[Command]:
    if now is None:
        return [] if before is None else [script(_WRITE, before, RC_CONF)]
    text = rc_conf_back(before or "", now, made)
    if before is None and not text:
        return [change("rm", RC_CONF)]
    return [] if text == now else [script(_WRITE, text, RC_CONF)]


def manual_restore_commands(
    before: Snapshot, ports: Sequence[str], made: Sequence[str]
) -> list[Command]:
    """Return the commands that lead back from any state, for a person to run.

    They serve when the NAS cannot be asked any more how it is. ``made`` are the interfaces
    that may have been made.
    """
    commands = [
        change("ifconfig", name, "destroy") for name in made if name not in before.listing.names
    ]
    for name in ports:
        port = before.listing.get(name)
        if port is not None:
            settings = PortSettings(
                port.ether or None,
                port.mtu,
                tuple(_address_words(line) for line in port.inet),
                "UP" in port.flags,
            )
            commands += [change("ifconfig", name, *words) for _, words in settings.words]
    commands += [change("sysctl", f"{name}={value}") for name, value in before.sysctls.items()]
    if before.rc_conf is not None:
        commands.append(script(_WRITE, before.rc_conf, RC_CONF))
    return commands


def _neighbours_back(
    before: Mapping[str, str], now: Mapping[str, str], made: Made
) -> list[Command]:
    """Return the commands for the static ARP entries; only those for addresses of tests."""
    before, now = (
        {ip: mac for ip, mac in each.items() if made.has_neighbour(ip)} for each in (before, now)
    )
    commands = [change("arp", "-d", ip) for ip in now if ip not in before]
    commands += [change("arp", "-s", ip, mac) for ip, mac in before.items() if now.get(ip) != mac]
    return commands


def _back(was: Interface, is_now: Interface) -> list[Words]:
    """Return the arguments of ifconfig that restore a port."""
    before: list[Inet | Inet6] = [*was.inet, *was.inet6]
    after: list[Inet | Inet6] = [*is_now.inet, *is_now.inet6]
    known, left = ({line.address for line in lines} for lines in (before, after))
    words: list[Words] = [
        (_family(line), line.address, "-alias") for line in after if line.address not in known
    ]
    # An IPv6 address switches IPv6 on for good: from then on the port speaks by itself.
    if "IFDISABLED" in (was.nd6 or ()) and "IFDISABLED" not in (is_now.nd6 or ()):
        words.append(("inet6", "ifdisabled"))
    words += _options_back(was, is_now)
    if (is_now.description or "") != (was.description or ""):
        words.append(("description", was.description) if was.description else ("-description",))
    lost = tuple(
        _address_words(line)
        for line in before
        # The kernel makes a link's own addresses itself, when the port comes up.
        if line.address not in left and not line.address.startswith("fe80:")
    )
    up = "UP" in was.flags
    settings = PortSettings(
        ether=was.ether if was.ether and is_now.ether != was.ether else None,
        mtu=was.mtu if is_now.mtu != was.mtu else None,
        addresses=lost,
        up=up if lost or ("UP" in is_now.flags) != up else None,
    )
    return words + [each for _, each in settings.words]


def _family(line: Inet | Inet6) -> str:
    return "inet" if isinstance(line, Inet) else "inet6"


def _address_words(line: Inet | Inet6) -> Words:
    if isinstance(line, Inet):
        return ("inet", line.address, *line.words)
    return ("inet6", line.address, "prefixlen", str(line.prefixlen))


def _options_back(was: Interface, is_now: Interface) -> list[Words]:
    """Return the words for capabilities that were switched on or off."""
    before = was.options.names if was.options else ()
    after = is_now.options.names if is_now.options else ()
    on = [(word,) for word, flag in OFFLOADS.items() if flag in before and flag not in after]
    off = [(f"-{word}",) for word, flag in OFFLOADS.items() if flag in after and flag not in before]
    return [*on, *off]

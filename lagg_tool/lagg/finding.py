"""What a diagnosis works with: what was seen, and the causes that it finds in it."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lagg_tool.ifconfig import Bits, Interface, Listing, Port
from lagg_tool.lagg.media import media_in_use
from lagg_tool.wire.slow import Lacpdu

NO_SYSTEM = "00-00-00-00-00-00"
# What makes a finding certain that rests on what the kernel itself says.
NOTHING_MORE = "nothing more: this is the kernel's own record"
LINK = re.compile(r"link state changed to (UP|DOWN)\b *$")
# The first lines of the kernel, in a log that goes on over boots.
_BOOT = re.compile(r"---<<BOOT>>---|Copyright \(c\) 1992-\d{4} The FreeBSD")


class Cause(enum.Enum):
    """What can keep a LAG from carrying traffic."""

    LAGG_DOWN = "the LAGG is down"
    NO_PORTS = "the LAGG has no ports"
    PROTOCOL_NONE = "protocol none"
    PORT_MISSING = "a port is missing"
    PORT_DOWN = "a port has no link"
    NO_LIGHT = "a module receives no light"
    BAD_MODULE = "the driver refuses a module"
    PORT_NOT_UP = "a port is not up"
    NOT_FULL_DUPLEX = "a port's link is not full duplex"
    OUT_OF_LACP = "FreeBSD runs no LACP on a port"
    SPEED_MISMATCH = "ports of different speed"
    NO_PARTNER = "no partner"
    STATIC_PARTNER = "the partner sends no LACP"
    PARTNER_SPEAKS_LACP = "the partner speaks LACP, the LAGG does not"
    GROUPED = "the switch groups the ports, failover does not"
    NOT_GROUPED = "the switch does not group the ports"
    LOOPED = "a port hears the NAS itself"
    ONE_WAY_LINK = "one-way link"
    INDIVIDUAL_PARTNER = "the partner does not aggregate"
    PARTNER_DIFFERS = "ports lead to different partners"
    PARTNER_NOT_READY = "the partner is not ready"
    TIMEOUTS = "the partner times out"
    FLAPPING = "a port is flapping"
    LINK_FLAPS = "a port's link comes and goes"
    RESETS = "a port's driver resets its card"
    PORT_ERRORS = "a port receives damaged frames"
    OFFLOAD = "netmap drops frames whose checksum is left to the card"
    PORT_REFUSED = "the LAGG did not take a port"
    OTHER_MAC = "a wireless port has another MAC address"
    PORT_HAS_ADDRESS = "a port has an address of its own"
    PORT_HAS_ROUTE = "a route leaves by a port"
    VLAN_ON_PORT = "a VLAN is on a port"
    PORT_IN_BRIDGE = "a port is a member of a bridge"
    SAME_NETWORK = "another interface is in the same network"
    MTU = "MTU"
    SWITCH_VLAN = "the switch has another VLAN"
    DUPLICATE_ADDRESS = "an address is in use twice"
    STALE_LINK_STATE = "stale link state (B-01)"
    NOT_IN_RC_CONF = "rc.conf has another configuration"
    DOWN_AT_BOOT = "the next boot leaves a port down"
    NO_SPEED = "LACP knows no speed of the ports"
    PORT_NOT_ACTIVE = "a port is not in the active group"
    NOT_ACTIVE = "no port is active"


@dataclass(frozen=True)
class Finding:
    """One cause: where, what it rests on, what it means, and what to run next.

    ``certain_with`` says what would make it certain.
    """

    cause: enum.Enum  # Cause, or that of another kind of LAGG; its value is for people
    where: str
    evidence: tuple[str, ...]
    meaning: str
    next_command: str
    certain_with: str = NOTHING_MORE


@dataclass(frozen=True)
class Seen:
    """What is known: ``ifconfig -v``, dmesg, and the LACPDUs that came in, by port.

    ``watched`` are the ports that were listened to for longer than a slow period; on these,
    no PDU means silence. ``foreign`` counts the frames of others, by port.
    """

    lagg: Interface
    listing: Listing
    dmesg: Sequence[str] = ()
    received: Mapping[str, Sequence[Lacpdu]] = field(default_factory=dict)
    watched: frozenset[str] = frozenset()
    foreign: Mapping[str, int] = field(default_factory=dict)

    @property
    def protocol(self) -> str:
        """The LAGG's protocol."""
        return self.lagg.lagg.protocol if self.lagg.lagg else ""

    @property
    def is_lacp(self) -> bool:
        """Whether a partner is needed at all."""
        return self.protocol == "lacp"

    def interface(self, port: Port) -> Interface | None:
        """Return the port's own interface, as it was seen last.

        A text that was marked by hand may lack its first letter, or its first column. Another
        driver may have the shorter name (em0 of lem0), but not the LAGG's MAC address.
        """
        found = last_seen(self.listing, port.name)
        if found is None and port.name[1:] not in {each.name for each in self.lagg.ports}:
            found = last_seen(self.listing, port.name[1:])
            found = found if found and found.ether == self.lagg.ether else None
        return found

    def has_link(self, port: Port) -> bool:
        """Return whether nothing speaks against the port being up and having a link."""
        interface = self.interface(port)
        if interface is None:
            return "ACTIVE" in port.flags or self.link_changes(port.name)[-1:] != ["DOWN"]
        return "UP" in interface.flags and interface.status != "no carrier"

    def link_changes(self, name: str) -> list[str]:
        """Return what the kernel said of an interface's link since it booted: UP or DOWN."""
        boots = (number for number, line in enumerate(self.dmesg) if _BOOT.search(line))
        now = replace(self, dmesg=self.dmesg[max(boots, default=0) :])
        return [found[1] for line in now.log(name) if (found := LINK.search(line))]

    def log(self, name: str) -> list[str]:
        """Return what the kernel said about an interface, without the interface's name.

        A line may begin with a time, as ``dmesg`` and syslogd write it, and a message with
        its priority in brackets, as the kernel writes it.
        """
        said = re.compile(rf"(?:^|\s|<\d{{1,3}}>){re.escape(name)}: (.*)$")
        return [found[1].strip() for line in self.dmesg if (found := said.search(line.rstrip()))]


def first_said(seen: Seen, what: re.Pattern[str]) -> str:
    """Return the first line that says something; nothing where none does."""
    return next((line for said in seen.dmesg if what.search(line := said.strip())), "")


def last_seen(listing: Listing, name: str) -> Interface | None:
    """Return the interface of this name as the last output has it, or one that says more of it."""
    found = [interface for interface in listing.interfaces if interface.name == name]
    found = [each for each in found if each.lagg] or found
    now = flags_of_ports(found[-1]) if found else []
    fuller = [
        each
        for each in found
        if (any(port.state for port in each.ports) or each.lagg_flags)
        and (not now or flags_of_ports(each) == now)
    ]
    return next(reversed(fuller or found), None)


def flags_of_ports(lagg: Interface) -> list[tuple[str, Bits]]:
    """Return by what two outputs of one state are alike, however much each tells."""
    return [(port.name, port.flags) for port in lagg.ports]


def is_silent(port: Port) -> bool:
    """Return whether no partner is known: its record is the default one, or still empty."""
    if port.partner is None:
        return "COLLECTING" not in port.flags and "DISTRIBUTING" not in port.flags
    return port.partner.system == NO_SYSTEM


def is_out_of_lacp(seen: Seen, port: Port) -> bool:
    """Return whether the kernel itself runs no LACP on the port: -v says so, else its media."""
    if port.state is not None:
        return "AGGREGATION" not in port.state
    interface = seen.interface(port)
    return interface is not None and "half-duplex" in media_in_use(interface)

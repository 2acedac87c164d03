"""What ``ifconfig`` said as a whole, with access by meaning: Listing, Interface, Family."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from lagg_tool.ifconfig.detail_lines import Detail, pairs
from lagg_tool.ifconfig.lagg_lines import Figure, LaggFlags, LaggPort, LaggProto, Peer, PeerLine
from lagg_tool.ifconfig.lines import (
    Bits,
    BridgeMember,
    Description,
    Groups,
    Header,
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
from lagg_tool.ifconfig.modules import Module, is_module_key, module_of


class Family(enum.Enum):
    """The releases that print such a text, judged by the text alone."""

    FREEBSD_12 = "FreeBSD 12 or earlier"
    FREEBSD_13 = "FreeBSD 13"
    FREEBSD_13_OR_EARLIER = "FreeBSD 13 or earlier"
    FREEBSD_14_OR_15 = "FreeBSD 14 or 15"


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a lagg; state, actor and partner are there with -v and LACP only."""

    name: str
    flags: Bits
    state: Bits | None = None
    actor: Peer | None = None
    partner: Peer | None = None


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface: its header and its other lines, in order."""

    header: Header
    lines: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """The interface as ifconfig printed it, without the last newline."""
        return "\n".join((self.header.text, *(line.text for line in self.lines)))

    @property
    def name(self) -> str:
        """The name before the colon."""
        return self.header.name

    @property
    def flags(self) -> Bits:
        """The interface flags such as UP and RUNNING."""
        return self.header.flags

    @property
    def mtu(self) -> int:
        """The MTU in octets."""
        return self.header.mtu

    def _bits(self, word: str) -> Bits | None:
        for line in self.lines:
            if isinstance(line, Options) and line.word == word:
                return line.bits
        return None

    @property
    def options(self) -> Bits | None:
        """The enabled capabilities; None where no such line is printed."""
        return self._bits("options")

    @property
    def capabilities(self) -> Bits | None:
        """What the interface could do (-m)."""
        return self._bits("capabilities")

    @property
    def nd6(self) -> Bits | None:
        """The options of neighbour discovery."""
        return self._bits("nd6 options")

    def _address(self, word: str) -> str | None:
        for line in self.lines:
            if isinstance(line, LinkAddress) and line.word == word:
                return line.address
        return None

    @property
    def ether(self) -> str | None:
        """The MAC address in use."""
        return self._address("ether")

    @property
    def hwaddr(self) -> str | None:
        """The NIC's own MAC address where another is in use."""
        return self._address("hwaddr")

    @property
    def lladdr(self) -> str | None:
        """The address of a link that is not Ethernet, such as InfiniBand's of 20 octets."""
        return self._address("lladdr")

    @property
    def description(self) -> str:
        """The description; empty if there is none."""
        for line in self.lines:
            if isinstance(line, Description):
                return line.description
        return ""

    @property
    def inet(self) -> tuple[Inet, ...]:
        """The IPv4 addresses, in order."""
        return tuple(line for line in self.lines if isinstance(line, Inet))

    @property
    def inet6(self) -> tuple[Inet6, ...]:
        """The IPv6 addresses, in order."""
        return tuple(line for line in self.lines if isinstance(line, Inet6))

    @property
    def lagg(self) -> LaggProto | None:
        """Protocol and hash layers, if this is a lagg."""
        for line in self.lines:
            if isinstance(line, LaggProto):
                return line
        return None

    @property
    def lagg_flags(self) -> Bits | None:
        """USE_FLOWID, LACP_STRICT, … (-v)."""
        for line in self.lines:
            if isinstance(line, LaggFlags):
                return line.bits
        return None

    def _figure(self, key: str) -> int | None:
        for line in self.lines:
            if isinstance(line, Figure) and line.key == key:
                return line.value
        return None

    @property
    def flowid_shift(self) -> int | None:
        """How far the flow identifier is shifted (-v)."""
        return self._figure("flowid_shift")

    @property
    def rr_limit(self) -> int | None:
        """Packets per port and turn (-v, roundrobin)."""
        return self._figure("rr_limit")

    @property
    def active_ports(self) -> int | None:
        """The count of active ports (-v)."""
        return self._figure("active ports")

    @property
    def flapping(self) -> int | None:
        """How often a port stopped distributing because of its partner (-v)."""
        return self._figure("flapping")

    @property
    def lag_id(self) -> tuple[Peer, Peer] | None:
        """Actor and partner of the active aggregator (-v, LACP)."""
        peers = [line for line in self.lines if isinstance(line, PeerLine)]
        if len(peers) < 2 or [line.place for line in peers[:2]] != list(_LAG_ID):
            return None
        return peers[0].peer, peers[1].peer

    @property
    def ports(self) -> tuple[Port, ...]:
        """The lagg's ports in the kernel's order, which is that of their if_index."""
        found: list[Port] = []
        lines = self.lines
        for i, line in enumerate(lines):
            if not isinstance(line, LaggPort):
                continue
            after = lines[i + 1 : i + 3]
            peers = [following.peer for following in after if isinstance(following, PeerLine)]
            actor, partner = peers if len(peers) == 2 else (None, None)
            found.append(Port(line.port, line.flags, line.state, actor, partner))
        return tuple(found)

    @property
    def members(self) -> tuple[str, ...]:
        """The members of a bridge."""
        return tuple(line.member for line in self.lines if isinstance(line, BridgeMember))

    @property
    def bridge_members(self) -> tuple[tuple[BridgeMember, tuple[str, ...]], ...]:
        """The members of a bridge, each with the words of its further lines."""
        found: list[tuple[BridgeMember, tuple[str, ...]]] = []
        for line in self.lines:
            if isinstance(line, BridgeMember):
                found.append((line, ()))
            elif isinstance(line, Detail) and line.kind == "bridge member" and found:
                member, words = found[-1]
                found[-1] = (member, (*words, line.words))
        return tuple(found)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that the interface belongs to."""
        for line in self.lines:
            if isinstance(line, Groups):
                return line.names
        return ()

    @property
    def vlan(self) -> Vlan | None:
        """Tag and parent of a VLAN."""
        for line in self.lines:
            if isinstance(line, Vlan):
                return line
        return None

    @property
    def media(self) -> Media | None:
        """The media selected and in use."""
        for line in self.lines:
            if isinstance(line, Media):
                return line
        return None

    @property
    def supported_media(self) -> tuple[str, ...]:
        """The media that can be selected (-m)."""
        return tuple(line.media for line in self.lines if isinstance(line, SupportedMedia))

    @property
    def module(self) -> Module | None:
        """The SFP or QSFP module that is plugged (-v)."""
        return module_of([line for line in self.lines if isinstance(line, Keyed)])

    def details(self, *kinds: str) -> tuple[str, ...]:
        """Return the words of the lines of these kinds, in order; see DETAILS."""
        return tuple(
            line.words for line in self.lines if isinstance(line, Detail) and line.kind in kinds
        )

    @property
    def carp(self) -> tuple[dict[str, str], ...]:
        """The CARP groups: state, vhid, advbase, advskew, and the peers where they are shown."""
        found: list[dict[str, str]] = []
        for line in self.lines:
            if isinstance(line, Keyed) and line.key in {"carp", "vrrp"}:
                state, _, words = line.value.partition(" ")
                found.append({"state": state, **pairs(words)})
            elif isinstance(line, Detail) and line.kind == "carp" and found:
                found[-1] |= pairs(line.words)
        return tuple(found)

    @property
    def other(self) -> dict[str, str]:
        """The lines ``word: value`` that no other field holds."""
        found: dict[str, str] = {}
        for line in self.lines:
            if isinstance(line, Keyed) and not (line.key in _KEYED or is_module_key(line.key)):
                before = f"{found[line.key]}\n" if line.key in found else ""
                found[line.key] = before + line.value
        return found

    def keyed(self, key: str) -> str | None:
        """Return the value of a line ``key: value`` that has no class of its own."""
        for line in self.lines:
            if isinstance(line, Keyed) and line.key == key:
                return line.value
        return None

    @property
    def status(self) -> str | None:
        """The status line: ``active`` or ``no carrier``, among others."""
        return (self.keyed("status") or "").partition(" (")[0] or None

    @property
    def down_reason(self) -> str | None:
        """Why there is no carrier, where the driver says so (media_status, ifmedia.c)."""
        return (self.keyed("status") or "").partition(" (")[2].removesuffix(")") or None

    @property
    def unknown(self) -> tuple[str, ...]:
        """The lines that were kept without being understood."""
        return tuple(line.raw for line in self.lines if isinstance(line, Unknown))


_KEYED = frozenset(("status", "carp", "vrrp", "drivername", "fib"))
_LAG_ID = ("lag id actor", "lag id partner")

# Names that only the later releases know: sys/net/if.h of 14 (LOWER_UP, HWSTATS, MEXTPG in
# place of NOMAP, STABLEADDR), and of 13 (NOMAP; vlanproto; numa in lagg).
_NAMES_14 = frozenset(("LOWER_UP", "HWSTATS", "MEXTPG", "STABLEADDR", "DRV_OACTIVE", "DRV_RUNNING"))
_NAMES_13 = frozenset(("NOMAP", "USE_NUMA"))


def _evidence(interface: Interface) -> Iterator[Family]:
    flags = interface.flags
    if "LOWER_UP" not in flags and "UP" in flags and interface.status == "active":
        yield Family.FREEBSD_13_OR_EARLIER
    for line in (interface.header, *interface.lines):
        match line:
            case Header(flags=bits) | Options(bits=bits) | LaggFlags(bits=bits):
                names = set(bits.names)
                if names & _NAMES_14 or (bits.bare and not bits.value):
                    yield Family.FREEBSD_14_OR_15
                elif names & _NAMES_13:
                    yield Family.FREEBSD_13
            case Groups(trailing=True):
                yield Family.FREEBSD_12
            case Vlan(middle=middle):
                yield Family.FREEBSD_13 if "vlanproto:" in middle else Family.FREEBSD_12


@dataclass(frozen=True, slots=True)
class Listing:
    """All that one ifconfig printed, or several of them in one paste.

    ``outside`` are the lines around it that are no output of ifconfig; ``source`` is the
    text that was read, which is more than its values where it had to be restored.
    """

    interfaces: tuple[Interface, ...] = ()
    outside: tuple[str, ...] = ()
    source: str | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """The text that was read; of a listing that was made, what ifconfig would print."""
        if self.source is not None:
            return self.source
        parts = [*self.outside, *(interface.text for interface in self.interfaces)]
        return "".join(f"{part}\n" for part in parts)

    @property
    def family(self) -> Family | None:
        """The latest family that anything in the text speaks for; None if nothing does."""
        seen = {found for interface in self.interfaces for found in _evidence(interface)}
        return next((family for family in _LATEST_FIRST if family in seen), None)

    def __getitem__(self, name: str) -> Interface:
        """Return the interface of this name. Raises KeyError."""
        for interface in self.interfaces:
            if interface.name == name:
                return interface
        raise KeyError(name)

    def get(self, name: str) -> Interface | None:
        """Return the interface of this name, or None."""
        return next((found for found in self.interfaces if found.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The interfaces' names, in order."""
        return tuple(interface.name for interface in self.interfaces)


_LATEST_FIRST = (
    Family.FREEBSD_14_OR_15,
    Family.FREEBSD_13,
    Family.FREEBSD_12,
    Family.FREEBSD_13_OR_EARLIER,
)

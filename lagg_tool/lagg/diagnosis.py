"""Why a LAG does not come up: causes from what the host shows and the LACPDUs on its ports.

Pure: ``diagnose`` takes what was seen and returns findings, the most basic cause first. Each
check is one function of the table ``CHECKS``; a finding carries the evidence that it rests
on and the command that shows more.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lagg_tool.errors import UsageError
from lagg_tool.ifconfig import Interface, Listing, Port
from lagg_tool.wire.slow import Lacpdu, State
from lagg_tool.wire.summary import state_words

NO_SYSTEM = "00-00-00-00-00-00"


class Cause(enum.Enum):
    """What can keep a LAG from carrying traffic."""

    LAGG_DOWN = "the LAGG is down"
    NO_PORTS = "the LAGG has no ports"
    PROTOCOL_NONE = "protocol none"
    PORT_DOWN = "a port has no link"
    PORT_NOT_UP = "a port is not up"
    SPEED_MISMATCH = "ports of different speed"
    NO_PARTNER = "no partner"
    ONE_WAY_LINK = "one-way link"
    INDIVIDUAL_PARTNER = "the partner does not aggregate"
    PARTNER_DIFFERS = "ports lead to different partners"
    PARTNER_NOT_READY = "the partner is not ready"
    TIMEOUTS = "the partner times out"
    MTU = "MTU"
    STALE_LINK_STATE = "stale link state (B-01)"


@dataclass(frozen=True)
class Finding:
    """One cause: where, what it rests on, what it means, and what to run next."""

    cause: Cause
    where: str
    evidence: tuple[str, ...]
    meaning: str
    next_command: str


@dataclass(frozen=True)
class Seen:
    """What is known: ``ifconfig -v``, dmesg, and the LACPDUs that came in, by port name.

    ``watched`` are the ports that were listened to for longer than a slow period; on these,
    no PDU means silence.
    """

    lagg: Interface
    listing: Listing
    dmesg: Sequence[str] = ()
    received: Mapping[str, Sequence[Lacpdu]] = field(default_factory=dict)
    watched: frozenset[str] = frozenset()

    @property
    def protocol(self) -> str:
        """The LAGG's protocol."""
        return self.lagg.lagg.protocol if self.lagg.lagg else ""

    @property
    def is_lacp(self) -> bool:
        """Whether a partner is needed at all."""
        return self.protocol == "lacp"

    def interface(self, port: Port) -> Interface | None:
        """Return the port's own interface."""
        return self.listing.get(port.name)


def _lagg_down(seen: Seen) -> Iterator[Finding]:
    if "UP" not in seen.lagg.flags:
        yield Finding(
            Cause.LAGG_DOWN,
            seen.lagg.name,
            (seen.lagg.header.text,),
            "Nothing is sent or accepted, and no LACPDU leaves.",
            f"ifconfig {seen.lagg.name} up",
        )


def _no_ports(seen: Seen) -> Iterator[Finding]:
    if not seen.lagg.ports:
        yield Finding(
            Cause.NO_PORTS,
            seen.lagg.name,
            ("no laggport line",),
            "There is nothing to send by.",
            f"ifconfig {seen.lagg.name} laggport PORT",
        )


def _protocol_none(seen: Seen) -> Iterator[Finding]:
    if seen.protocol == "none":
        yield Finding(
            Cause.PROTOCOL_NONE,
            seen.lagg.name,
            (f"laggproto {seen.protocol}", f"status: {seen.lagg.status}"),
            "Protocol none refuses all traffic, although the status line says active.",
            f"ifconfig {seen.lagg.name} laggproto lacp",
        )


def _port_down(seen: Seen) -> Iterator[Finding]:
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        if interface and interface.status == "no carrier" and "UP" in interface.flags:
            yield Finding(
                Cause.PORT_DOWN,
                port.name,
                (f"{port.name} status: no carrier",),
                "Cable, transceiver or the switch's port: no signal arrives.",
                f"ifconfig -v {port.name}",
            )


def _port_not_up(seen: Seen) -> Iterator[Finding]:
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        if interface and "UP" not in interface.flags:
            yield Finding(
                Cause.PORT_NOT_UP,
                port.name,
                (interface.header.text,),
                "lagg(4) does not use a port that is administratively down, and before "
                "FreeBSD 15 does not bring it up either.",
                f"ifconfig {port.name} up",
            )


def _media(seen: Seen, port: Port) -> str | None:
    interface = seen.interface(port)
    if interface is None or interface.media is None or not interface.media.active:
        return None
    return interface.media.active.split(" ")[0]


def _speed_mismatch(seen: Seen) -> Iterator[Finding]:
    speeds = {port.name: media for port in seen.lagg.ports if (media := _media(seen, port))}
    if seen.is_lacp and len(set(speeds.values()) - {"none"}) > 1:
        yield Finding(
            Cause.SPEED_MISMATCH,
            seen.lagg.name,
            tuple(f"{name}: {speed}" for name, speed in speeds.items()),
            "The LACP key holds the speed: ports of different speed never join one aggregator, "
            "and only one aggregator carries traffic.",
            f"ifconfig -m {next(iter(speeds))}",
        )


def _is_silent(port: Port) -> bool:
    """Return whether the partner's record is the default one, or still empty."""
    return port.partner is None or port.partner.system == NO_SYSTEM


def _usable(seen: Seen, port: Port) -> bool:
    interface = seen.interface(port)
    return interface is None or ("UP" in interface.flags and interface.status != "no carrier")


def _no_partner(seen: Seen) -> Iterator[Finding]:
    if not seen.is_lacp:
        return
    for port in seen.lagg.ports:
        if not (_usable(seen, port) and _is_silent(port)) or seen.received.get(port.name):
            continue
        evidence = [f"{port.name} flags={port.flags.text}"]
        if port.state:
            evidence.append(f"state={port.state.text}")
        heard = "No LACPDU has arrived yet, which may take thirty seconds after a link comes up"
        if port.name in seen.watched:
            evidence.append("no LACPDU arrived while the cable was watched")
            heard = "No LACPDU arrives"
        yield Finding(
            Cause.NO_PARTNER,
            port.name,
            tuple(evidence),
            f"{heard}: the switch's port is not in an LACP group, leads elsewhere, or what it "
            "sends is lost. FreeBSD has no fallback without a partner.",
            f"tcpdump -n -c 2 -Q in -i {port.name} ether proto 0x8809",
        )


def _one_way(seen: Seen) -> Iterator[Finding]:
    for port in seen.lagg.ports:
        pdus = seen.received.get(port.name, ())
        if pdus and all(pdu.partner.system == bytes(6) for pdu in pdus):
            yield Finding(
                Cause.ONE_WAY_LINK,
                port.name,
                (f"{len(pdus)} LACPDUs arrived, all with an empty partner record",),
                "The partner is heard but does not hear the NAS: its receiver, one fibre of the "
                "pair, or a filter between them.",
                f"tcpdump -n -c 4 -i {port.name} ether proto 0x8809",
            )


def _individual(seen: Seen) -> Iterator[Finding]:
    for port in seen.lagg.ports:
        pdus = seen.received.get(port.name, ())
        if pdus and not pdus[-1].actor.state & State.AGGREGATION:
            yield Finding(
                Cause.INDIVIDUAL_PARTNER,
                port.name,
                (f"the partner's state is {state_words(pdus[-1].actor.state)}",),
                "The partner says that this link cannot be part of a group: it becomes a LAG of "
                "its own, and only one LAG carries traffic.",
                f"ifconfig -v {seen.lagg.name}",
            )


def _apart(seen: Seen) -> Iterator[Finding]:
    """Find ports kept apart by the AGGREGATION bit alone, which ifconfig does not show."""
    active = {_group(seen, port): port for port in seen.lagg.ports if "ACTIVE" in port.flags}
    for port in seen.lagg.ports if seen.is_lacp else ():
        other = active.get(_group(seen, port))
        idle = "DISTRIBUTING" in port.flags and "ACTIVE" not in port.flags
        if idle and other is not None and not seen.received.get(port.name):
            yield Finding(
                Cause.INDIVIDUAL_PARTNER,
                port.name,
                (
                    f"{other.name} flags={other.flags.text}",
                    f"{port.name} flags={port.flags.text}: the same partner and key, not active",
                ),
                "The NAS keeps these ports apart, as it does when the partner clears its "
                "AGGREGATION bit: each is a LAG of its own, and only one carries traffic.",
                f"tcpdump -n -v -c 2 -Q in -i {port.name} ether proto 0x8809",
            )


def _group(seen: Seen, port: Port) -> tuple[object, ...]:
    """Return what ports of one aggregator have in common."""
    peer = port.partner
    identity = (peer.system_priority, peer.system, peer.key) if peer else ()
    return (_media(seen, port), *identity)


def _partner_differs(seen: Seen) -> Iterator[Finding]:
    heard = {
        port.name: port.partner
        for port in seen.lagg.ports
        if port.partner is not None and not _is_silent(port)
    }
    identities = {(peer.system_priority, peer.system, peer.key) for peer in heard.values()}
    if len(identities) > 1:
        yield Finding(
            Cause.PARTNER_DIFFERS,
            seen.lagg.name,
            tuple(
                f"{name}: system {peer.system}, key {peer.key:04X}" for name, peer in heard.items()
            ),
            "Ports that see another system or another key form separate aggregators. One "
            "carries traffic; the others drop it while they show COLLECTING and DISTRIBUTING "
            "(B-07). Put the switch's ports into one group.",
            f"ifconfig -v {seen.lagg.name}",
        )


def _partner_not_ready(seen: Seen) -> Iterator[Finding]:
    if not seen.is_lacp:
        return
    for port in seen.lagg.ports:
        stuck = "DISTRIBUTING" not in port.flags and not _is_silent(port)
        expired = port.state is not None and "EXPIRED" in port.state
        individual = any(
            not pdu.actor.state & State.AGGREGATION for pdu in seen.received.get(port.name, ())
        )
        if stuck and not expired and not individual and _usable(seen, port):
            yield Finding(
                Cause.PARTNER_NOT_READY,
                port.name,
                (f"{port.name} flags={port.flags.text}",),
                "The partner is known, but does not collect yet: it waits for the NAS's SYNC, "
                "holds the port in standby, or does not agree with what it heard.",
                f"ifconfig -v {seen.lagg.name}",
            )


def _timeouts(seen: Seen) -> Iterator[Finding]:
    for port in seen.lagg.ports:
        if port.state is not None and "EXPIRED" in port.state and _usable(seen, port):
            yield Finding(
                Cause.TIMEOUTS,
                port.name,
                (f"{port.name} state={port.state.text}", f"flapping: {seen.lagg.flapping}"),
                "The partner was there and its LACPDUs stopped coming in time. With "
                "lacp_fast_timeout against a partner that sends every 30 seconds this repeats "
                "(B-09).",
                f"ifconfig {seen.lagg.name} -lacp_fast_timeout",
            )


def _mtu(seen: Seen) -> Iterator[Finding]:
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        if interface is not None and interface.mtu != seen.lagg.mtu:
            yield Finding(
                Cause.MTU,
                port.name,
                (f"{seen.lagg.name} mtu {seen.lagg.mtu}", f"{port.name} mtu {interface.mtu}"),
                "A port with another MTU than its LAGG drops what does not fit.",
                f"ifconfig {seen.lagg.name} mtu {seen.lagg.mtu}",
            )


_LINK_CHANGE = re.compile(r"^(\S+): link state changed to (UP|DOWN)$")


def _stale_link_state(seen: Seen) -> Iterator[Finding]:
    """Find B-01: ports are active, and the kernel last reported the LAGG's link as not UP."""
    usable = [port for port in seen.lagg.ports if "ACTIVE" in port.flags]
    if seen.is_lacp or seen.protocol == "none" or not usable or not seen.dmesg:
        return
    changes = [
        m.group(2)
        for line in seen.dmesg
        if (m := _LINK_CHANGE.match(line.strip())) and m.group(1) == seen.lagg.name
    ]
    name, last = seen.lagg.name, seen.lagg.ports[-1].name
    if not changes or changes[-1] == "DOWN":
        said = f"last link change in dmesg: {changes[-1]}" if changes else "no link change in dmesg"
        yield Finding(
            Cause.STALE_LINK_STATE,
            seen.lagg.name,
            (said, f"status: {seen.lagg.status}", f"{usable[0].name} flags={usable[0].flags.text}"),
            "A change of protocol does not recompute the link state. Routes over the LAGG "
            'are refused with "No route to host" until a port leaves, joins, or its link changes.',
            f"ifconfig {name} -laggport {last}; ifconfig {name} laggport {last}",
        )


CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    _lagg_down,
    _no_ports,
    _protocol_none,
    _port_not_up,
    _port_down,
    _speed_mismatch,
    _one_way,
    _no_partner,
    _individual,
    _apart,
    _partner_differs,
    _timeouts,
    _partner_not_ready,
    _mtu,
    _stale_link_state,
)


def see(
    name: str,
    listing: Listing,
    dmesg: Sequence[str] = (),
    received: Mapping[str, Sequence[Lacpdu]] | None = None,
    watched: frozenset[str] = frozenset(),
) -> Seen:
    """Put together what is known of the LAGG ``name``. Raises UsageError."""
    lagg = listing.get(name)
    if lagg is None:
        laggs = ", ".join(i.name for i in listing.interfaces if i.lagg) or "none"
        raise UsageError(f"{name}: no such interface; the LAGGs of this host: {laggs}")
    if lagg.lagg is None:
        raise UsageError(f"{name} is no LAGG; name an interface that has a laggproto line")
    return Seen(lagg, listing, dmesg, received or {}, watched)


def diagnose(seen: Seen) -> tuple[Finding, ...]:
    """Return all causes found, the most basic first; none when traffic can flow."""
    return tuple(finding for check in CHECKS for finding in check(seen))

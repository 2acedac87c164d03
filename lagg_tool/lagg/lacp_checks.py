"""Causes at the other end of the ports: what LACP says of the partner, or its silence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lagg_tool.command import quote
from lagg_tool.ifconfig import Port
from lagg_tool.lagg.finding import (
    NOTHING_MORE,
    Cause,
    Finding,
    Seen,
    is_out_of_lacp,
    is_silent,
)
from lagg_tool.lagg.log_checks import bad_module
from lagg_tool.lagg.media import lacp_key, media_in_use, speed_of
from lagg_tool.lagg.port_checks import port_missing
from lagg_tool.wire.ethernet import octets, same_address
from lagg_tool.wire.slow import State
from lagg_tool.wire.summary import state_words

_LISTEN = "lagg-tool diagnose --listen 35, or a capture of more than 30 s on the port (--capture)"


def no_partner(seen: Seen) -> Iterator[Finding]:
    """Find ports on which no LACPDU arrives."""
    if not seen.is_lacp or "UP" not in seen.lagg.flags:
        return
    refused = {each.where for check in (bad_module, port_missing) for each in check(seen)}
    silent = [
        port
        for port in seen.lagg.ports
        if seen.has_link(port)
        and is_silent(port)
        and not is_out_of_lacp(seen, port)
        and not seen.received.get(port.name)
        and port.name not in refused
    ]
    for port in silent:
        evidence = [f"{port.name} flags={port.flags.text}"]
        if port.state:
            evidence.append(f"state={port.state.text}")
        heard = "No LACPDU has arrived yet, which may take thirty seconds after a link comes up"
        if port.name in seen.watched:
            evidence.append("no LACPDU arrived while the cable was watched")
            heard = "No LACPDU arrives"
        others = seen.foreign.get(port.name, 0)
        static = port.name in seen.watched and others > 0
        if static:
            evidence.append(f"{others} other frames arrived there")
        meaning = (
            f"{heard}, though the cable carries other frames: the switch's port is in a static "
            "group, or in none. Make it an LACP group, or choose a static protocol for the LAGG."
            if static
            else f"{heard}: the switch's port is not in an LACP group (a static one sends none), "
            "leads elsewhere, or what it sends is lost. FreeBSD has no fallback without a partner."
            f"{_of_a_machine(seen, port)}"
        )
        yield Finding(
            Cause.STATIC_PARTNER if static else Cause.NO_PARTNER,
            port.name,
            tuple(evidence),
            meaning,
            f"tcpdump -n -c 2 -Q in -i {quote(port.name)} ether proto 0x8809",
            _certain_silence(seen, port),
        )


# Cards that hypervisors make, and the MAC addresses that they give to models of real ones.
_VIRTUAL = re.compile(r"(?:vmx|vtnet|hn|xn)\d")
_VIRTUAL_MAC = re.compile(
    r"00:0c:29|00:50:56|00:05:69|52:54:00|08:00:27|00:15:5d|00:16:3e|bc:24:11", re.IGNORECASE
)


def _of_a_machine(seen: Seen, port: Port) -> str:
    """Return what is to be said of a port that a hypervisor has made."""
    interface = seen.interface(port) or seen.lagg
    mac = interface.hwaddr or interface.ether or ""
    if not (_VIRTUAL.match(port.name) or _VIRTUAL_MAC.match(mac)):
        return ""
    return (
        " The port is that of a virtual machine: its hypervisor's bridge passes no LACPDUs. "
        "Aggregate on the hypervisor, or pass the cards through."
    )


def _certain_silence(seen: Seen, port: Port) -> str:
    if port.name in seen.watched:
        return "the switch's own view of its port: show lacp, show etherchannel, or the like"
    if port.state is None:
        return f"ifconfig -v, which prints the partner of each port; then {_LISTEN}"
    return _LISTEN


def partner_speaks_lacp(seen: Seen) -> Iterator[Finding]:
    """Find LACPDUs on the ports of a LAGG whose protocol is not LACP."""
    for port in seen.lagg.ports if not seen.is_lacp else ():
        pdus = seen.received.get(port.name, ())
        if pdus:
            yield Finding(
                Cause.PARTNER_SPEAKS_LACP,
                port.name,
                (f"laggproto {seen.protocol}", f"{len(pdus)} LACPDUs arrived at {port.name}"),
                "The switch's port is in an LACP group and waits for LACPDUs that this protocol "
                "does not send: most switches then pass no data.",
                f"ifconfig {quote(seen.lagg.name)} laggproto lacp",
                "the switch's own view of its port",
            )


def looped(seen: Seen) -> Iterator[Finding]:
    """Find ports whose partner is the NAS itself."""
    for port in seen.lagg.ports:
        if port.actor and port.partner and same_address(port.actor.system, port.partner.system):
            yield Finding(
                Cause.LOOPED,
                port.name,
                (f"{port.name}: actor and partner are {port.actor.system}",),
                "The port hears LACPDUs of its own system: two of the NAS's ports are cabled "
                "together, or a device between them passes LACPDUs on, which it must not.",
                f"ifconfig -v {quote(seen.lagg.name)}",
            )


def one_way(seen: Seen) -> Iterator[Finding]:
    """Find a partner that does not hear the NAS."""
    for port in seen.lagg.ports if seen.is_lacp else ():
        pdus = seen.received.get(port.name, ())
        if pdus and all(pdu.partner.system == bytes(6) for pdu in pdus):
            yield Finding(
                Cause.ONE_WAY_LINK,
                port.name,
                (f"{len(pdus)} LACPDUs arrived, all with an empty partner record",),
                "The partner is heard but does not hear the NAS: its receiver, one fibre of the "
                "pair, or a filter between them.",
                f"tcpdump -n -c 4 -i {quote(port.name)} ether proto 0x8809",
                "a capture in which the NAS's own LACPDUs leave and the answers stay empty",
            )


def individual(seen: Seen) -> Iterator[Finding]:
    """Find a partner that clears its AGGREGATION bit."""
    for port in seen.lagg.ports if seen.is_lacp else ():
        pdus = seen.received.get(port.name, ())
        if pdus and not pdus[-1].actor.state & State.AGGREGATION:
            yield Finding(
                Cause.INDIVIDUAL_PARTNER,
                port.name,
                (f"the partner's state is {state_words(pdus[-1].actor.state)}",),
                "The partner says that this link cannot be part of a group: it becomes a LAG of "
                "its own, and only one LAG carries traffic.",
                f"ifconfig -v {quote(seen.lagg.name)}",
                "nothing more: the partner's LACPDU says so",
            )


def apart(seen: Seen) -> Iterator[Finding]:
    """Find ports kept apart by the AGGREGATION bit alone, which ifconfig does not show."""
    active = {_group(seen, port): port for port in seen.lagg.ports if "ACTIVE" in port.flags}
    for port in seen.lagg.ports if seen.is_lacp else ():
        other = active.get(_group(seen, port))
        idle = "DISTRIBUTING" in port.flags and "ACTIVE" not in port.flags
        # Of two partners that are not shown, nobody knows that they are one.
        heard = other and other.partner and octets(other.partner.system) and not is_silent(other)
        if idle and other is not None and heard and not seen.received.get(port.name):
            yield Finding(
                Cause.INDIVIDUAL_PARTNER,
                port.name,
                (
                    f"{other.name} flags={other.flags.text}",
                    f"{port.name} flags={port.flags.text}: the same partner and key, not active",
                ),
                "The NAS keeps these ports apart, as it does when the partner clears its "
                "AGGREGATION bit: each is a LAG of its own, and only one carries traffic.",
                f"tcpdump -n -v -c 2 -Q in -i {quote(port.name)} ether proto 0x8809",
                f"one LACPDU of the partner on {port.name}, whose state shows the bit (--capture)",
            )


def _group(seen: Seen, port: Port) -> tuple[object, ...]:
    """Return what ports of one aggregator have in common."""
    interface = seen.interface(port)
    speed = speed_of(media_in_use(interface)) if interface else None
    own = lacp_key(port) or speed
    peer = port.partner
    return (own, *((peer.system_priority, peer.system, peer.key) if peer else ()))


def partner_differs(seen: Seen) -> Iterator[Finding]:
    """Find ports that see different partners or groups."""
    heard = {
        port.name: port.partner
        for port in seen.lagg.ports
        if port.partner is not None and not is_silent(port)
    }
    identities = {(peer.system_priority, peer.system, peer.key) for peer in heard.values()}
    if len(identities) > 1:
        systems = {peer.system for peer in heard.values()}
        what = "another system" if len(systems) > 1 else "another key"
        yield Finding(
            Cause.PARTNER_DIFFERS,
            seen.lagg.name,
            tuple(
                f"{name}: system {peer.system}, key {peer.key:04X}" for name, peer in heard.items()
            ),
            f"Ports that see {what} form separate aggregators. One carries traffic; the others "
            "drop it while they show COLLECTING and DISTRIBUTING (B-07). Put the switch's ports "
            "into one group of one switch, or of a stack that shows itself as one system.",
            f"ifconfig -v {quote(seen.lagg.name)}",
            NOTHING_MORE,
        )


def no_speed(seen: Seen) -> Iterator[Finding]:
    """Find ports that carry traffic by LACP's rules, in a group of no speed."""
    ports = seen.lagg.ports if seen.is_lacp else ()
    looping = {finding.where for finding in looped(seen)}
    ready = [
        p
        for p in ports
        if "DISTRIBUTING" in p.flags and p.partner and not is_silent(p) and p.name not in looping
    ]
    if ready and not any("ACTIVE" in port.flags for port in ports):
        media = {port.name: seen.interface(port) for port in ready}
        yield Finding(
            Cause.NO_SPEED,
            seen.lagg.name,
            (
                *(f"{port.name} flags={port.flags.text}" for port in ready),
                *(f"{name} media: {media_in_use(each)}" for name, each in media.items() if each),
            ),
            "The ports and their partner agree, and the kernel makes no group active: it chooses "
            "the one with the most speed, and knows none of these media. FreeBSD before 11.2 "
            "knows none of 25 Gbit/s and more.",
            f"ifconfig -v {quote(seen.lagg.name)}; uname -r",
            "a newer kernel, or a link of 10 Gbit/s in their place",
        )


def partner_not_ready(seen: Seen) -> Iterator[Finding]:
    """Find a partner that is known and does not collect."""
    if not seen.is_lacp:
        return
    for port in seen.lagg.ports:
        stuck = "DISTRIBUTING" not in port.flags and not is_silent(port)
        expired = port.state is not None and "EXPIRED" in port.state
        alone = any(
            not pdu.actor.state & State.AGGREGATION for pdu in seen.received.get(port.name, ())
        )
        if is_out_of_lacp(seen, port) or expired or alone:
            continue
        if stuck and seen.has_link(port):
            yield Finding(
                Cause.PARTNER_NOT_READY,
                port.name,
                (f"{port.name} flags={port.flags.text}",),
                "The partner is known, but does not collect yet: it waits for the NAS's SYNC, "
                "holds the port in standby, or does not agree with what it heard.",
                f"ifconfig -v {quote(seen.lagg.name)}",
                "the partner's state in its LACPDU (--capture), and the switch's own view",
            )


def timeouts(seen: Seen) -> Iterator[Finding]:
    """Find a partner whose LACPDUs stopped coming in time."""
    for port in seen.lagg.ports:
        if port.state is not None and "EXPIRED" in port.state and seen.has_link(port):
            yield Finding(
                Cause.TIMEOUTS,
                port.name,
                (f"{port.name} state={port.state.text}", f"flapping: {seen.lagg.flapping}"),
                "The partner was there and its LACPDUs stopped coming in time. With "
                "lacp_fast_timeout against a partner that sends every 30 seconds this repeats "
                "(B-09).",
                f"ifconfig {quote(seen.lagg.name)} -lacp_fast_timeout",
                f"lagg-tool watch {quote(seen.lagg.name)}, which shows whether it repeats",
            )

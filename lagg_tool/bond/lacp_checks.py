"""Causes at the other end of the ports: what the driver's LACP holds of partners."""

from __future__ import annotations

from collections.abc import Iterator

from lagg_tool.bond.finding import BondCause, BondSeen
from lagg_tool.bond.report import Pdu, PortReport
from lagg_tool.command import quote
from lagg_tool.lagg.finding import Finding
from lagg_tool.wire.ethernet import same_address
from lagg_tool.wire.slow import State
from lagg_tool.wire.summary import state_words

_LISTEN = "lagg-tool diagnose --listen 35, or a capture of more than 30 s on the port (--capture)"
_SWITCH = "the switch's own view of its port: show lacp, show etherchannel, or the like"
_ILLEGAL_LOOPBACK = "An illegal loopback occurred on slave"


def _state(pdu: Pdu | None) -> State:
    return pdu.state if pdu is not None and pdu.state is not None else State(0)


def _carrying(seen: BondSeen) -> int | None:
    return seen.bond.aggregator.number if seen.bond.aggregator else None


def _shown(pdu: Pdu | None, whose: str) -> str:
    state = _state(pdu)
    return f"{whose} port state: {state.value} ({state_words(state)})"


def looped(seen: BondSeen) -> Iterator[Finding]:
    """Find ports that hear the NAS itself."""
    for port in seen.bond.ports if seen.bond.is_lacp else ():
        said = [line for line in seen.log(port.name) if line.startswith(_ILLEGAL_LOOPBACK)]
        if port.partner is not None and not port.silent and port.aggregator == _carrying(seen):
            said = []  # it was so once: the port has a partner and carries traffic now
        sides = [pdu.system for pdu in (port.actor, port.partner) if pdu]
        same = len(sides) == 2 and same_address(*sides)
        if said or same:
            yield Finding(
                BondCause.LOOPED,
                port.name,
                (
                    *said[-1:],
                    *([f"partner's system mac address: {sides[1]}"] if same else []),
                ),
                "The NAS's own LACPDUs come back: two ports are cabled to each other, or the"
                " switch's ports are not in an LACP group and it floods what they send.",
                "dmesg | grep loopback",
                _SWITCH,
            )


def no_partner(seen: BondSeen) -> Iterator[Finding]:
    """Find a bond without any partner, which carries data on one port, or ports without one."""
    bond = seen.bond
    if not bond.is_lacp:
        return
    silent = [
        port
        for port in bond.ports
        if port.has_link and port.silent and not seen.received.get(port.name)
    ]
    if bond.lacp_active == "off" and silent:
        yield Finding(
            BondCause.BOTH_PASSIVE,
            bond.name,
            ("LACP active: off", *(f"{port.name} has no partner" for port in silent)),
            "This side answers only, and so does the other: somebody has to begin.",
            f"ip link set {quote(bond.name)} down;"
            f" ip link set {quote(bond.name)} type bond lacp_active on;"
            f" ip link set {quote(bond.name)} up",
            _SWITCH,
        )
    elif silent and not seen.talking and (bond.aggregator or bond.no_aggregator):
        yield _nobody(seen, silent)
    else:
        for port in silent:
            if port.speed is not None:
                yield Finding(
                    BondCause.NO_PARTNER,
                    port.name,
                    ("partner system mac address: 00:00:00:00:00:00", _shown(port.actor, "actor")),
                    "No LACPDU arrives at this port, so that it carries nothing: the switch's port"
                    " is not in the LACP group, leads elsewhere, or what it sends is lost.",
                    f"tcpdump -n -c 2 -Q in -i {quote(port.name)} ether proto 0x8809",
                    _SWITCH if port.name in seen.watched else _LISTEN,
                )


def _nobody(seen: BondSeen, silent: list[PortReport]) -> Finding:
    bond = seen.bond
    number = bond.aggregator.number if bond.aggregator else None
    carrier = next((port.name for port in silent if port.aggregator == number), "one port")
    return Finding(
        BondCause.NO_PARTNER_AT_ALL,
        bond.name,
        (
            "Partner Mac Address: 00:00:00:00:00:00",
            *(f"{port.name}: {_shown(port.actor, 'actor')}" for port in silent),
        ),
        f"No LACPDU arrives at any port. Linux then sends and receives by {carrier} alone,"
        " forever: it looks healthy, and half of the cables, and all of what LACP would notice, are"
        " missing. The switch's ports are in no LACP group (a static one sends none), or what"
        " they send is lost.",
        f"tcpdump -n -c 2 -Q in -i {silent[0].name} ether proto 0x8809",
        _SWITCH if {port.name for port in silent} <= seen.watched else _LISTEN,
    )


def no_aggregator(seen: BondSeen) -> Iterator[Finding]:
    """Find a bond under LACP that has no port in service although a port has a link."""
    bond = seen.bond
    linked = [port for port in bond.ports if port.has_link]
    if bond.is_lacp and bond.no_aggregator and linked:
        yield Finding(
            BondCause.NO_AGGREGATOR,
            bond.name,
            (
                f"bond {bond.name} has no active aggregator",
                *(f"{port.name} MII Status: {port.mii}" for port in linked),
            ),
            "Ports have a link, and the bond carries nothing: their LACP has no speed and duplex"
            " to work with, their links came up a moment ago, or the bond itself is down.",
            f"ip link set {quote(linked[0].name)} down; ip link set {quote(linked[0].name)} up",
            f"ethtool {quote(linked[0].name)}, and {seen.command} once more in a few seconds",
        )


def partner_speaks_lacp(seen: BondSeen) -> Iterator[Finding]:
    """Find LACPDUs on the ports of a bond of another mode."""
    for port in seen.bond.ports if not seen.bond.is_lacp else ():
        pdus = seen.received.get(port.name, ())
        if pdus:
            yield Finding(
                BondCause.PARTNER_SPEAKS_LACP,
                port.name,
                (f"Bonding Mode: {seen.bond.mode}", f"{len(pdus)} LACPDUs arrived at {port.name}"),
                "The switch's port is in an LACP group and waits for LACPDUs that this mode does"
                " not send: most switches then pass no data.",
                'lagg-tool plan, with protocol = "lacp" in the file',
                _SWITCH,
            )


def two_aggregators(seen: BondSeen) -> Iterator[Finding]:
    """Find ports with partners that LACP cannot put into one group, and say by what they differ."""
    bond = seen.bond
    ports = [port for port in seen.talking if port.aggregator is not None]
    if not bond.is_lacp or len({port.aggregator for port in ports}) < 2:
        return
    lines = tuple(
        f"{port.name} Aggregator ID: {port.aggregator}, partner"
        f" {port.partner.system if port.partner else ''} oper key"
        f" {port.partner.key if port.partner else ''}, own key"
        f" {port.actor.key if port.actor else ''}"
        for port in ports
    )
    partners = [port.partner for port in ports if port.partner]
    if len({each.system for each in partners if each.system}) > 1:
        why = "They lead to different switches, which do not act as one (MLAG, VPC, a stack)"
    elif len({each.key for each in partners if each.key is not None}) > 1:
        why = "The switch's ports are in different groups: their keys differ"
    elif len({port.actor.key for port in ports if port.actor}) > 1:
        why = "The NAS's own keys differ: the ports have another speed or duplex"
    else:
        why = "What they differ by is not printed: a moment after a change, this is usual"
    active = bond.aggregator
    idle = [port.name for port in ports if active and port.aggregator != active.number]
    yield Finding(
        BondCause.TWO_AGGREGATORS,
        bond.name,
        (*lines, *([f"Active Aggregator Info: Aggregator ID: {active.number}"] if active else [])),
        f"{why}. One aggregator carries traffic at a time; {', '.join(idle) or 'the other'} waits,"
        f" until the last link of the active one is gone (ad_select {bond.ad_select or 'stable'}).",
        seen.command,
        _SWITCH,
    )


def timeouts(seen: BondSeen) -> Iterator[Finding]:
    """Find ports whose partner was heard of too long ago; dmesg does not tell."""
    for port in seen.bond.ports if seen.bond.is_lacp else ():
        state = _state(port.actor)
        if port.has_link and state & State.EXPIRED:
            fast = bool(state & State.TIMEOUT)
            yield Finding(
                BondCause.TIMEOUTS,
                port.name,
                (_shown(port.actor, "actor"), f"LACP rate: {seen.bond.lacp_rate}"),
                "The partner's last LACPDU is too old, and the port carries nothing meanwhile."
                + (
                    " With lacp_rate fast, a switch that goes on sending every 30 s is given up"
                    " every 3 s (X-10)."
                    if fast
                    else " The path is dead, though the link is up."
                ),
                f"lagg-tool watch {quote(seen.bond.name)}",
                _LISTEN,
            )


def partner_not_ready(seen: BondSeen) -> Iterator[Finding]:
    """Find partners that are heard and that do not take the port into their group."""
    bond = seen.bond
    active = bond.aggregator
    for port in seen.talking if bond.is_lacp and not bond.no_aggregator else ():
        theirs = _state(port.partner)
        waits = active is not None and port.aggregator != active.number
        if _state(port.actor) & State.EXPIRED or waits:
            continue
        shown = (_shown(port.actor, "actor"), _shown(port.partner, "partner"))
        if not theirs & State.SYNC:
            yield Finding(
                BondCause.PARTNER_NOT_READY,
                port.name,
                shown,
                "The switch does not hear the NAS: it goes by its own defaults (DEFAULTED), or by"
                " what it heard too long ago (EXPIRED). The NAS's LACPDUs are lost or not sent."
                if theirs & (State.DEFAULTED | State.EXPIRED)
                else "The switch hears the NAS and does not take the port into its group (no SYNC),"
                " or it does not hear it: a one-way link looks the same here.",
                seen.command,
                _SWITCH,
            )
        elif not theirs & State.COLLECTING:
            yield Finding(
                BondCause.NOT_COLLECTING,
                port.name,
                shown,
                "The partner is in step and does not collect. Linux sends to it all the same, and"
                " what it sends is lost.",
                seen.command,
                _SWITCH,
            )
        if not theirs & State.AGGREGATION:
            yield Finding(
                BondCause.INDIVIDUAL_PARTNER,
                port.name,
                shown,
                "The switch takes this port for a link of its own. Linux puts it into the group"
                " all the same, so that both ends disagree: frames may come twice or not at all.",
                seen.command,
                _SWITCH,
            )


def churned(seen: BondSeen) -> Iterator[Finding]:
    """Find ports with a partner that were out of step for a minute (802.1AX, 6.4.17)."""
    for port in seen.talking if seen.bond.is_lacp else ():
        counts = [count or 0 for count in port.churned]
        # The word stays after the sides are in step again, until the partner is lost (bond_3ad.c:
        # ad_churn_machine starts again at AD_PORT_CHURNED alone, which ad_rx_machine sets then).
        now = "churned" in port.churn and not State.SYNC & _state(port.actor) & _state(port.partner)
        if "churned" in port.churn or any(counts):
            yield Finding(
                BondCause.CHURNED,
                port.name,
                (
                    f"Actor Churn State: {port.churn[0]}, count {counts[0]}",
                    f"Partner Churn State: {port.churn[1]}, count {counts[1]}",
                ),
                "The port was out of step for a minute since it joined"
                + (
                    ", and is so now: the partner does not agree that the link is in the group."
                    if now
                    else ", and no longer is."
                ),
                seen.command,
                "lagg-tool watch, which shows whether it comes back",
            )

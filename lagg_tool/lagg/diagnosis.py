"""Why a LAG does not come up: causes from what the host shows and the LACPDUs on its ports.

Pure: ``diagnose`` takes what was seen and returns findings, the most basic cause first. Each
check is one function of the table ``CHECKS``; a finding carries the evidence that it rests
on, what would make it certain, and the command that shows more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from lagg_tool.command import quote
from lagg_tool.errors import UsageError
from lagg_tool.ifconfig import Interface, Listing
from lagg_tool.lagg import address_checks, lacp_checks, log_checks, port_checks, switch_checks
from lagg_tool.lagg.finding import Cause, Finding, Seen, flags_of_ports, last_seen
from lagg_tool.lagg.moments import moments
from lagg_tool.wire.slow import Lacpdu

__all__ = [
    "CHECKS",
    "Cause",
    "Check",
    "Finding",
    "Seen",
    "diagnose",
    "found_earlier",
    "laggs_of",
    "see",
    "unseen",
]

Check = Callable[[Seen], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    port_checks.lagg_down,
    port_checks.no_ports,
    port_checks.protocol_none,
    port_checks.port_missing,
    port_checks.port_not_up,
    port_checks.port_down,
    port_checks.no_light,
    log_checks.bad_module,
    port_checks.not_full_duplex,
    port_checks.speed_mismatch,
    lacp_checks.looped,
    lacp_checks.one_way,
    lacp_checks.no_partner,
    lacp_checks.partner_speaks_lacp,
    switch_checks.other_group,
    switch_checks.not_grouped,
    lacp_checks.individual,
    lacp_checks.apart,
    lacp_checks.partner_differs,
    lacp_checks.timeouts,
    lacp_checks.partner_not_ready,
    lacp_checks.no_speed,
    log_checks.port_refused,
    log_checks.resets,
    log_checks.port_errors,
    log_checks.offload,
    log_checks.flapping,
    log_checks.link_flaps,
    port_checks.other_mac,
    port_checks.port_has_address,
    log_checks.port_has_route,
    port_checks.vlan_on_port,
    port_checks.port_in_bridge,
    port_checks.same_network,
    log_checks.same_wire,
    port_checks.mtu,
    switch_checks.switch_mtu,
    switch_checks.switch_vlan,
    address_checks.duplicate_address,
    log_checks.stale_link_state,
)

# These disturb traffic; none of them keeps every port from being active.
_EXPLAIN_NO_SILENCE = frozenset(
    (
        Cause.FLAPPING,
        Cause.LINK_FLAPS,
        Cause.RESETS,
        Cause.PORT_ERRORS,
        Cause.OFFLOAD,
        Cause.PORT_REFUSED,
        Cause.OTHER_MAC,
        Cause.PORT_HAS_ADDRESS,
        Cause.PORT_HAS_ROUTE,
        Cause.VLAN_ON_PORT,
        Cause.PORT_IN_BRIDGE,
        Cause.SAME_NETWORK,
        Cause.MTU,
        Cause.GROUPED,
        Cause.NOT_GROUPED,
        Cause.SWITCH_VLAN,
        Cause.DUPLICATE_ADDRESS,
        Cause.STALE_LINK_STATE,
        Cause.NOT_IN_RC_CONF,
        Cause.DOWN_AT_BOOT,
    )
)


def see(
    name: str,
    listing: Listing,
    dmesg: Sequence[str] = (),
    received: Mapping[str, Sequence[Lacpdu]] | None = None,
    watched: frozenset[str] = frozenset(),
    *,
    foreign: Mapping[str, int] | None = None,
) -> Seen:
    """Put together what is known of the LAGG ``name``. Raises UsageError."""
    lagg = last_seen(listing, name)
    if lagg is None:
        laggs = ", ".join(laggs_of(listing)) or "none"
        raise UsageError(f"{name}: no such interface; the LAGGs of this host: {laggs}")
    if lagg.lagg is None:
        raise UsageError(f"{name} is not a LAGG; name an interface that has a laggproto line")
    return Seen(lagg, listing, dmesg, received or {}, watched, foreign or {})


def laggs_of(listing: Listing) -> tuple[str, ...]:
    """Return the names of the LAGGs, each once."""
    return tuple(dict.fromkeys(each.name for each in listing.interfaces if each.lagg))


def diagnose(seen: Seen, more: Iterable[Check] = ()) -> tuple[Finding, ...]:
    """Return all causes found, the most basic first; none when traffic can flow.

    ``more`` are checks of what the kind of NAS keeps for its next boot.
    """
    found = [finding for check in (*CHECKS, *more) for finding in check(seen)]
    if all(finding.cause in _EXPLAIN_NO_SILENCE for finding in found):
        found = [*(list(_not_active(seen)) or _port_not_active(seen)), *found]
    return tuple(found)


# What is said of less than the whole output, at the same moment perhaps.
_KNOWS_LESS = frozenset((Cause.NO_PARTNER, Cause.NOT_ACTIVE, Cause.PORT_NOT_ACTIVE))


def found_earlier(seen: Seen, last: Sequence[Finding]) -> list[tuple[Interface, Finding]]:
    """Return what a text shows only in earlier states of the LAGG, each with the last of these.

    What was not copied then is no port that was missing.
    """
    found: dict[tuple[object, str], tuple[Interface, Finding]] = {}
    for lagg, shown in moments(seen.listing, seen.lagg.name)[:-1]:
        same = flags_of_ports(lagg) == flags_of_ports(seen.lagg)
        for finding in diagnose(Seen(lagg, shown)):
            if not (same and finding.cause in _KNOWS_LESS):
                found[finding.cause, finding.where] = lagg, finding
    told = {(finding.cause, finding.where) for finding in last}
    return [
        each
        for what, each in found.items()
        if what not in told and each[1].cause is not Cause.PORT_MISSING
    ]


def unseen(seen: Seen) -> tuple[str, ...]:
    """Return what a diagnosis without the host could not look at, and how it could."""
    ports = seen.lagg.ports
    absent = [port.name for port in ports if seen.interface(port) is None]
    found = [] if ports else ["its ports (ifconfig -v)"]
    if seen.is_lacp and any(port.state is None for port in ports):
        found.append("the partner of each port, and what LACP makes of it (ifconfig -v)")
    if absent:
        found.append(f"links, media and MTU of {', '.join(absent)} (ifconfig -a)")
    if not any(seen.log(name) for name in (seen.lagg.name, *(port.name for port in ports))):
        found.append("what the kernel said of it (--dmesg FILE)")
    if seen.is_lacp and not seen.received:
        found.append("what the partner sends (--capture FILE)")
    if seen.lagg.lagg and seen.lagg.lagg.layers == ("l2",) and len(ports) > 1:
        found.append("how lagghash l2 shares the traffic: what passes one router uses one port")
    return tuple(found)


def _port_not_active(seen: Seen) -> Iterator[Finding]:
    """Find a port that LACP leaves out, where nothing else explains it."""
    for port in seen.lagg.ports if seen.is_lacp else ():
        if "ACTIVE" not in port.flags:
            yield Finding(
                Cause.PORT_NOT_ACTIVE,
                port.name,
                (f"{port.name} flags={port.flags.text}",),
                "The port is not in the group that carries traffic: it leads to another partner, "
                "has another speed or key, or its partner takes it for a link of its own.",
                f"ifconfig -v {quote(seen.lagg.name)}",
                "ifconfig -v, which prints the partner and the keys of each port",
            )


def _not_active(seen: Seen) -> Iterator[Finding]:
    """Find that no port is active, where nothing else explains it."""
    idle = not any("ACTIVE" in port.flags for port in seen.lagg.ports)
    if (idle and seen.lagg.ports) or seen.lagg.status == "no carrier":
        yield Finding(
            Cause.NOT_ACTIVE,
            seen.lagg.name,
            (
                *(f"{port.name} flags={port.flags.text}" for port in seen.lagg.ports),
                *((f"status: {seen.lagg.status}",) if seen.lagg.status else ()),
            ),
            "The LAGG carries no traffic, and what was seen does not say why: a link has just "
            "come up, its state is not known to the driver, or the text is of different moments.",
            "ifconfig -av; dmesg",
            "ifconfig -v of the whole host, dmesg (--dmesg FILE), and a capture (--capture FILE)",
        )

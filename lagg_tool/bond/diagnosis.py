"""Why a bond does not carry traffic as it should: causes, the most basic first.

Pure. Each check is one function of the table ``CHECKS``; a finding carries the evidence that
it rests on, what would make it certain, and the command that shows more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lagg_tool.bond import lacp_checks, port_checks
from lagg_tool.bond.finding import BondCause, BondSeen
from lagg_tool.lagg.finding import Finding

__all__ = ["CHECKS", "BondCause", "BondSeen", "diagnose", "unseen"]

CHECKS: tuple[Callable[[BondSeen], Iterator[Finding]], ...] = (
    port_checks.bond_down,
    port_checks.no_ports,
    port_checks.no_miimon,
    port_checks.dead_and_up,
    port_checks.port_down,
    port_checks.no_speed,
    lacp_checks.no_aggregator,
    port_checks.half_duplex,
    lacp_checks.looped,
    lacp_checks.no_partner,
    lacp_checks.partner_speaks_lacp,
    port_checks.speed_mismatch,
    lacp_checks.two_aggregators,
    lacp_checks.timeouts,
    lacp_checks.partner_not_ready,
    lacp_checks.churned,
    port_checks.min_links,
    port_checks.link_flaps,
    port_checks.one_port_sends,
    port_checks.shared_address,
    port_checks.port_has_address,
    port_checks.vlan_on_port,
    port_checks.mtu,
)


def diagnose(seen: BondSeen) -> tuple[Finding, ...]:
    """Return all causes found, the most basic first; none when traffic can flow."""
    return tuple(finding for check in CHECKS for finding in check(seen))


def unseen(seen: BondSeen) -> tuple[str, ...]:
    """Return what a diagnosis without the host could not look at, and how it could."""
    found = []
    if not seen.bond.lines:
        found.append(f"the speed and the partner of each port ({seen.command})")
    if not set(seen.links) >= {seen.bond.name, *(port.name for port in seen.bond.ports)}:
        found.append("addresses, VLANs and MTU (ip -d link; ip addr)")
    if not any(seen.log(port.name) for port in seen.bond.ports):
        found.append("what the driver said of its ports (--dmesg FILE)")
    if seen.bond.is_lacp and not seen.received:
        found.append("what the partner sends (--capture FILE)")
    return tuple(found)

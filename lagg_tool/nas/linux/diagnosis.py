"""What a diagnosis of a bond rests on: the host's state, dmesg, and LACPDUs by tcpdump."""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.bond.diagnosis import BondSeen, diagnose
from lagg_tool.bond.state import BondHost
from lagg_tool.command import Runner
from lagg_tool.errors import UsageError
from lagg_tool.lagg.finding import Finding
from lagg_tool.nas.linux.observation import observe
from lagg_tool.nas.listening import listen_at


def diagnose_bond(
    runner: Runner, name: str, seconds: int, tell: Callable[[str], None] = lambda _: None
) -> tuple[Finding, ...]:
    """Return why a bond does not carry traffic, the most basic cause first.

    Raises UsageError for what is no bond, CommandError when the NAS cannot listen, HostError
    and TargetError.
    """
    seen = _see(name, observe(runner).host)
    ports = [port.name for port in seen.bond.ports]
    if seen.bond.unprivileged:
        tell(f"{name}: root alone is shown what LACP holds of the partners")
    if seconds and ports:
        received, watched = listen_at(runner, ports, seconds, tell)
        # Look at the ports again, now that every partner had time to send.
        last = _see(name, observe(runner).host)
        seen = BondSeen(last.bond, last.links, last.dmesg, received, watched)
    return diagnose(seen)


def _see(name: str, host: BondHost) -> BondSeen:
    report = host.reports.get(name)
    if report is None:
        bonds = ", ".join(host.bonds) or "none"
        there = "that is no LAGG" if name in host.links else "no such interface"
        raise UsageError(f"{name}: {there}; the LAGGs of this host: {bonds}")
    return BondSeen(report, host.links, host.dmesg)

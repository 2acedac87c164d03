"""LAGG alerts: plugins alert/source/lagg.py 20-70, evaluated once a minute.

An alert is raised at the third evaluation in a row that finds the condition; the counter
belongs to the lagg's name. What they never see is defect B-24: LOADBALANCE, ROUNDROBIN and
NONE; a failover lagg that lost its standby or runs on it; an LACP port that is ACTIVE
without collecting and distributing.
"""

from __future__ import annotations

from dataclasses import dataclass

from lagg_tool.clock import Clock
from lagg_tool.simulator.middleware.netif import Facts, Netif

INTERVAL = 60.0
EVALUATIONS = 3


@dataclass(frozen=True)
class Alert:
    """One alert as alert.list shows it."""

    klass: str
    title: str
    formatted: str


def condition(facts: Facts) -> Alert | None:
    """Return the alerts that one evaluation finds on one lagg."""
    active = [port.name for port in facts.ports if "ACTIVE" in port.flags]
    if facts.protocol == "lacp":
        inactive = [port.name for port in facts.ports if "ACTIVE" not in port.flags]
        if inactive:
            text = (
                f"These ports are not ACTIVE on LAGG interface {facts.name}: "
                f"{', '.join(inactive)}. Please check cabling and switch."
            )
            return Alert("LAGGInactivePorts", "Ports are Not ACTIVE on LAGG Interface", text)
    if facts.protocol == "failover" and len(active) != 1:
        text = (
            f"There are no ACTIVE ports on LAGG interface {facts.name}. "
            "Please check cabling and switch."
        )
        return Alert("LAGGNoActivePorts", "There are No ACTIVE Ports on LAGG Interface", text)
    return None


class LaggAlerts:
    """Evaluates every minute, from the start of middlewared."""

    def __init__(self, netif: Netif, clock: Clock) -> None:
        self._netif = netif
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._alerts: list[Alert] = []
        self._timer = clock.call_at(clock.now() + INTERVAL, self._evaluate)

    def stop(self) -> None:
        """End with middlewared."""
        self._timer.cancel()

    def list(self) -> list[Alert]:
        """Return the alerts about laggs that alert.list has now."""
        return list(self._alerts)

    def _evaluate(self) -> None:
        alerts = []
        for facts in self._netif.interfaces():
            if not facts.protocol:
                continue
            found = condition(facts)
            count = self._counts.get(facts.name, 0) + 1 if found else 0
            self._counts[facts.name] = count
            if found and count >= EVALUATIONS:
                alerts.append(found)
        self._alerts = alerts
        self._timer = self._clock.call_at(self._clock.now() + INTERVAL, self._evaluate)

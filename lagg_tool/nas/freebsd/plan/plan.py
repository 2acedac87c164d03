"""The plan: spec and observed state in, changes and their inverse out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from lagg_tool.lagg import HostState, LaggSpec, Record, check_name
from lagg_tool.nas.freebsd.plan.checks import (
    address_findings,
    doubts,
    management_findings,
    port_findings,
    removal_findings,
)
from lagg_tool.nas.freebsd.plan.config import LaggConfig, observed, wanted
from lagg_tool.nas.freebsd.plan.rcconf import Edit, RcChange, rc_changes
from lagg_tool.nas.freebsd.plan.steps import PortFacts, Step, facts_of, must_reseat, steps_between


@dataclass(frozen=True)
class Plan:
    """What is to be done about one lagg.

    ``findings`` forbid it; ``management`` does so unless it was allowed; ``notes`` say what
    is unusual. ``record`` is to be kept for the lagg's removal, None if there is to be none.
    """

    name: str
    before: LaggConfig | None
    after: LaggConfig | None
    steps: tuple[Step, ...] = ()
    inverse: tuple[Step, ...] = ()
    rc: tuple[RcChange, ...] = ()
    findings: tuple[str, ...] = ()
    management: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    record: Record | None = None
    doubts: tuple[str, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps and not self.rc


def make_plan(spec: LaggSpec, host: HostState) -> Plan:
    """Return the way from the observed state to the spec."""
    before, after = observed(host, spec.name, spec.addresses), wanted(spec, host)
    findings = port_findings(spec, host) + address_findings(spec, host)
    if before is None and spec.name in host.interfaces:
        findings.append(f"{spec.name}: there is an interface of this name that is no lagg")
    return _between(spec.name, before, after, host, findings)


def removal_plan(name: str, host: HostState) -> Plan:
    """Return the way from the observed state to one without the lagg."""
    check_name(name)
    before = observed(host, name)
    return _between(name, before, None, host, removal_findings(name, host))


def _between(
    name: str,
    before: LaggConfig | None,
    after: LaggConfig | None,
    host: HostState,
    findings: list[str],
) -> Plan:
    steps = steps_between(before, after, host, _leaving(name, before, host))
    rc = rc_changes(before, after, name, host)
    notes = _notes(before, after, host)
    touches = bool(steps)
    return Plan(
        name=name,
        before=before,
        after=after,
        steps=steps,
        inverse=steps_between(after, before, host, _returning(host), back=True) if steps else (),
        rc=rc,
        findings=tuple(findings) if steps or rc else (),
        management=tuple(management_findings(name, before, after, host)) if touches else (),
        notes=notes,
        record=_record(name, before, after, rc, host),
        doubts=tuple(doubts(after, host)) if after and steps else (),
    )


def _leaving(name: str, before: LaggConfig | None, host: HostState) -> dict[str, PortFacts]:
    """How ports are to be that leave for good: as before the creation, where that is known.

    A port that nobody recorded keeps what it has, and stays up: not every release leaves it
    so when its lagg goes.
    """
    record = host.records.get(name, Record())
    facts: dict[str, PortFacts] = {}
    for port in before.ports if before else ():
        found = host.interfaces.get(port)
        up = port not in record.ports and bool(found and found.up)
        mtu = record.mtus.get(port)
        facts[port] = PortFacts(up, mtu if found and mtu != found.mtu else None)
    return facts


def _returning(host: HostState) -> dict[str, PortFacts]:
    """How ports are to be when a change is undone: exactly as they were observed."""
    return {name: facts_of(found) for name, found in host.interfaces.items()}


def _notes(before: LaggConfig | None, after: LaggConfig | None, host: HostState) -> tuple[str, ...]:
    reason = must_reseat(before, after, host, back=False) if before and after else ""
    notes = [reason] if reason else []
    if host.records_hidden:
        notes.append(
            f"what was recorded when LAGGs were made can be read by root only, not by {host.user}:"
            " as root, more may be set back than is shown here"
        )
    return tuple(notes)


def _record(
    name: str,
    before: LaggConfig | None,
    after: LaggConfig | None,
    rc: tuple[RcChange, ...],
    host: HostState,
) -> Record | None:
    """What has to be known when the lagg is removed one day."""
    old = host.records.get(name)
    if after is None:
        return None
    if (
        before is not None
        and old is None
        and not any(port not in before.ports for port in after.ports)
    ):
        return None
    kept = old or Record()
    new = [port for port in after.ports if before is None or port not in before.ports]
    states = {port: host.interfaces[port] for port in new if port in host.interfaces}
    made = [
        each.variable
        for each in rc
        if each.before is None
        and each.edit in (Edit.SET, Edit.ADD_WORD)
        and not each.variable.startswith(f"ifconfig_{name}")
    ]
    present = set(after.ports)
    down = [port for port, state in states.items() if not state.up]
    return Record(
        tuple(dict.fromkeys((*kept.variables, *made))),
        tuple(port for port in (*kept.ports, *down) if port in present),
        {port: mtu for port, mtu in kept.mtus.items() if port in present}
        | {port: state.mtu for port, state in states.items()},
    )

"""Faults: each makes the simulated NAS wrong in one named, small and plausible way.

They show that the acceptance suite would notice a broken release: ``sim:?fault=NAME``,
``lagg-tool simulate --fault NAME``, and ``lagg-tool faults``, which tries them all. A fault
replaces one piece of an assembled NAS (a class of its kernel, a transition of an LACP
table, a program) and survives its reboots; the model itself knows nothing of faults.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from lagg_tool.errors import UsageError
from lagg_tool.simulator.faults import (
    boot,
    defects,
    failover,
    hashing,
    interfaces,
    ioctls,
    lacp,
    lacp_groups,
    lacp_partner,
    lacp_rules,
    lacp_slips,
    lacp_wire,
    membership,
    network,
    ports,
    programs,
    protocols,
    reception,
    slips,
)
from lagg_tool.simulator.faults.fault import Fault
from lagg_tool.simulator.nas import SimulatedNas

__all__ = ["FAULTS", "Fault", "find", "inject"]

_NEAR = 5  # names that are offered for a mistyped one

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        fault.name: fault
        for topic in (
            *(failover, protocols, lacp_rules, lacp, lacp_wire, lacp_groups, ports),
            *(interfaces, network, programs, boot, slips, lacp_slips, lacp_partner),
            *(hashing, membership, reception, ioctls, defects),
        )
        for fault in topic.FAULTS
    }
)


def find(name: str) -> Fault:
    """Return the fault of this name. Raises UsageError, which lists the names near it."""
    fault = FAULTS.get(name)
    if fault is not None:
        return fault
    near = difflib.get_close_matches(name, FAULTS, _NEAR, 0.4)
    near += [known for known in FAULTS if name and name in known and known not in near]
    hint = f"did you mean {', '.join(near[:_NEAR])}?" if near else "`lagg-tool faults` knows them"
    raise UsageError(f"there is no fault {name!r}; {hint}")


def inject(nas: SimulatedNas, names: Iterable[str]) -> None:
    """Put faults into a NAS and reboot it. Raises UsageError, before any is put in."""
    faults = [find(name) for name in names]
    for fault in faults:
        fault.apply(nas)
    if faults:
        nas.reboot()

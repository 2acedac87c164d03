"""An administrator at a simulated TrueNAS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lagg_tool.lagg import LaggSpec, spec_from_data
from lagg_tool.nas.contract import Session
from lagg_tool.nas.truenas.commit import MiddlewareCommit
from lagg_tool.nas.truenas.plan import (
    MiddlewarePlan,
    make_middleware_plan,
    removal_middleware_plan,
)
from lagg_tool.nas.truenas.session import MiddlewareSession
from lagg_tool.nas.truenas.state import TrueNasState
from lagg_tool.simulator.kernel.lagg import Lagg
from tests.support.commit_rig import CommitRig
from tests.support.rig import Rig

SPEC: dict[str, Any] = {
    "name": "lagg0",
    "description": "storage uplink",
    "protocol": "failover",
    "ports": ["vtnet1", "vtnet2"],
    "mtu": 9000,
    "addresses": ["192.0.2.1/24", "2001:db8::7/64"],
    "options": "lagghash l3,l4",
}


def spec(**changed: Any) -> LaggSpec:
    return spec_from_data(SPEC | changed)


class Tool:
    """One administrator at one TrueNAS."""

    def __init__(self, nas: Rig | CommitRig, connect: Callable[[], Session] | None = None) -> None:
        self.nas = nas
        self.said: list[str] = []
        self.session = MiddlewareSession(connect or nas.connect, nas.clock, tell=self.said.append)
        self.commit = MiddlewareCommit(self.session, who="ada@lovelace")

    def observe(self) -> TrueNasState:
        return self.session.observe()

    def plan(self, wanted: LaggSpec) -> MiddlewarePlan:
        state = self.observe()
        return make_middleware_plan(wanted, state.answers.items, state.host)

    def apply(self, wanted: LaggSpec, *, hold: bool = False) -> str:
        return self.commit.apply(self.plan(wanted), hold=hold).token

    def remove(self, name: str) -> str:
        state = self.observe()
        plan = removal_middleware_plan(name, state.answers.items, state.host)
        return self.commit.apply(plan, hold=False).token

    def lagg(self) -> Lagg | None:
        found = self.nas.nas.kernel.host.find("lagg0")
        return found if isinstance(found, Lagg) else None

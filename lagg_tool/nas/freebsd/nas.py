"""A FreeBSD host behind the contract of a NAS."""

from __future__ import annotations

from lagg_tool.command import Runner
from lagg_tool.lagg import HostState
from lagg_tool.nas.commit.confirmed import Files, LeftToDo
from lagg_tool.nas.contract import Request
from lagg_tool.nas.freebsd.commit import FREEBSD, data_of, left_to_do
from lagg_tool.nas.freebsd.kernel import FreeBSDKernel
from lagg_tool.nas.freebsd.observation import observe, observe_again
from lagg_tool.nas.freebsd.pace import Pace
from lagg_tool.nas.freebsd.plan import (
    Change,
    as_written,
    make_joint_plan,
    make_plan,
    removal_plan,
)
from lagg_tool.nas.freebsd.state import FreeBSDState
from lagg_tool.nas.guarded import GuardedNas


class FreeBSD(FreeBSDKernel[FreeBSDState, Change], GuardedNas[FreeBSDState, Change]):
    """A FreeBSD host: its own commands change it, and a guard on it reverts them."""

    host = FREEBSD
    _seen: FreeBSDState | None = None
    _pace = Pace()

    def observe(self) -> FreeBSDState:
        """Look at the host in one round trip. Raises UnreadableError and TargetError."""
        began = self._target.clock.now()
        self._seen = observe(self._target.connection)
        self._pace = Pace.of(self._target.clock.now() - began)
        return self._seen

    def plan(self, request: Request, state: FreeBSDState) -> Change:
        """Return the commands that lead from the observed state to the request."""
        return _plan(request, state.host)

    def _seconds_for(self, plan: Change) -> float:
        return self._pace.seconds_for(plan)

    def _data_of(self, plan: Change) -> Files:
        return data_of(plan)

    def _left_to_do(self, plan: Change) -> LeftToDo:
        before = self._seen

        def look(runner: Runner) -> FreeBSDState:
            return observe_again(runner, before) if before else observe(runner)

        def replan(host: HostState) -> Change:
            return _plan(plan.request, as_written(host, plan.left_out))

        return left_to_do(plan, look, replan)


def _plan(request: Request, host: HostState) -> Change:
    if request.spec and request.others:
        return make_joint_plan((request.spec, *request.others), host)
    if request.spec is None:
        return removal_plan(request.name, host)
    return make_plan(request.spec, host)

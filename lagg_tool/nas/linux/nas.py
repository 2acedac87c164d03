"""A Linux host behind the contract of a NAS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lagg_tool.bond.state import BondHost
from lagg_tool.command import Runner
from lagg_tool.errors import RefusedError
from lagg_tool.nas.commit.confirmed import Files, LeftToDo
from lagg_tool.nas.contract import Request
from lagg_tool.nas.guarded import GuardedNas
from lagg_tool.nas.linux.commit import data_of
from lagg_tool.nas.linux.layout import LINUX
from lagg_tool.nas.linux.observation import observe
from lagg_tool.nas.linux.plan import Plan, make_plan, removal_plan
from lagg_tool.nas.linux.state import LinuxState

if TYPE_CHECKING:
    from lagg_tool.bond.watching import BondLook
    from lagg_tool.lagg.finding import Finding
    from lagg_tool.lagg.watching import Outage, Watch


class Linux(GuardedNas[LinuxState, Plan]):
    """A Linux host: ip changes it, and a guard on it reverts what nobody confirms."""

    host = LINUX

    def observe(self) -> LinuxState:
        """Look at the host in one round trip. Raises HostError and TargetError."""
        return observe(self._target.connection)

    def plan(self, request: Request, state: LinuxState) -> Plan:
        """Return the commands and files that lead from the observed state to the request."""
        return _plan(request, state.host)

    def _data_of(self, plan: Plan) -> Files:
        return data_of(plan)

    def _left_to_do(self, plan: Plan) -> LeftToDo:
        def look(runner: Runner) -> list[str]:
            left = _plan(plan.request, observe(runner).host)
            return [step.command.text for step in left.steps]

        return look

    def diagnose(self, name: str, listen: int) -> tuple[Finding, ...]:
        """Return why a bond does not carry traffic as it should."""
        from lagg_tool.nas.linux.diagnosis import diagnose_bond  # noqa: PLC0415 - loads codecs

        return diagnose_bond(self._target.connection, name, listen, self._tell)

    def watch(self, name: str) -> Watch[BondLook]:
        """Return what follows a bond."""
        from lagg_tool.bond.watching import BondWatch  # noqa: PLC0415 - loads codecs

        return BondWatch(name)

    def looks(self, every: float, seconds: float) -> Iterator[BondLook | Outage]:
        """Yield what the host shows every so many seconds."""
        from lagg_tool.nas.linux.watching import look_at  # noqa: PLC0415 - loads codecs
        from lagg_tool.nas.rounds import looks  # noqa: PLC0415 - loads codecs

        return looks(self._target, look_at, every, seconds)


def _plan(request: Request, host: BondHost) -> Plan:
    if request.others:
        raise RefusedError(
            f"{request.name} and {len(request.others)} more: on Linux one bond is changed at a"
            " time; write a file for each, and apply one after the other; nothing was touched"
        )
    if request.spec is None:
        return removal_plan(request.name, host)
    return make_plan(request.spec, host)

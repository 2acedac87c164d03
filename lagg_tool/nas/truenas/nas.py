"""A TrueNAS CORE behind the contract of a NAS."""

from __future__ import annotations

from lagg_tool.errors import RefusedError
from lagg_tool.nas.contract import ApplyOptions, Outcome, Pending, Request
from lagg_tool.nas.freebsd.kernel import FreeBSDKernel
from lagg_tool.nas.truenas.commit import MiddlewareCommit
from lagg_tool.nas.truenas.observation import observe
from lagg_tool.nas.truenas.plan import (
    MiddlewarePlan,
    make_middleware_plan,
    removal_middleware_plan,
)
from lagg_tool.nas.truenas.session import MiddlewareSession
from lagg_tool.nas.truenas.state import TrueNasState


class TrueNas(FreeBSDKernel[TrueNasState, MiddlewarePlan]):
    """A TrueNAS CORE: its middleware changes it, and takes back what is not checked in."""

    _seen: TrueNasState | None = None
    _seconds = 0.0  # that the NAS took to be looked at

    def observe(self) -> TrueNasState:
        """Look at middleware and kernel in one round trip. Raises HostError and TargetError."""
        began = self._target.clock.now()
        self._seen = observe(self._target.connection)
        self._seconds = self._target.clock.now() - began
        return self._seen

    def plan(self, request: Request, state: TrueNasState) -> MiddlewarePlan:
        """Return the calls that lead from the database as it is to the request."""
        items = state.answers.items
        if request.others:
            raise RefusedError(
                f"{request.name} and {len(request.others)} more: the middleware of a TrueNAS checks"
                " each LAGG against the others as they are; write a file for each, and apply one"
                " after the other; nothing was touched"
            )
        if request.spec is None:
            return removal_middleware_plan(request.name, items, state.host)
        return make_middleware_plan(request.spec, items, state.host)

    def apply(self, plan: MiddlewarePlan, options: ApplyOptions) -> Outcome:
        """Commit the change, probe it, and check it in."""
        with self._committing(plan, options, self._made_change(options.within)) as commit:
            return commit.apply(plan, hold=options.hold)

    def pending(self) -> Pending:
        """Ask the middleware for a change that waits for its check-in."""
        state = self.observe()
        if state.middleware is None:
            return Pending(hidden_from=state.host.user)
        return state.middleware.change

    def _seconds_for(self, plan: MiddlewarePlan) -> float:  # noqa: ARG002 - as for every plan
        # The middleware counts until the check-in: a look and a call, half of an observation.
        return 2 * self._seconds

    def _made_change(self, within: float = 60.0) -> MiddlewareCommit:
        session = MiddlewareSession(
            self._target.connect,
            self._target.clock,
            within=within,
            tell=self._tell,
            follow_up_command=self._follow_up,
        )
        return MiddlewareCommit(session, who=self._who, seen=self._seen)

"""A NAS whose own commands change it, and on which a guard reverts what nobody confirms.

A kind of it says where it keeps a change (``Host``), how it is observed, and what a plan is.
"""

from __future__ import annotations

import abc
from typing import ClassVar

from lagg_tool.nas.base import TargetNas
from lagg_tool.nas.commit.confirmed import ConfirmedCommit, Files, LeftToDo
from lagg_tool.nas.commit.functions import Host
from lagg_tool.nas.commit.pending import PendingChange, status_from
from lagg_tool.nas.commit.requests import Requests
from lagg_tool.nas.contract import ApplyOptions, Change, Outcome, P, Pending, S


class GuardedNas(TargetNas[S, P]):
    """A NAS with the confirmed commit of ``nas.commit``."""

    host: ClassVar[Host]

    def apply(self, plan: P, options: ApplyOptions) -> Outcome:
        """Make the change under a guard, probe it, and confirm it."""
        made = ConfirmedCommit(
            self._target.connect,
            self._target.clock,
            self.host,
            who=self._who,
            within=options.within,
            tell=self._tell,
            follow_up_command=self._follow_up,
        )
        with self._committing(plan, options, made) as commit:
            files, left_to_do = self._data_of(plan), self._left_to_do(plan)
            return commit.make(plan.name, files, left_to_do, hold=options.hold)

    def pending(self) -> Pending:
        """Ask for the change that waits to be confirmed, over the connection that is there."""
        answer = self._target.connection.run(Requests(self.host).status())
        status = status_from(answer, self.host.boot)
        if status.hidden:
            return Pending(hidden_from=status.user)
        if not status.pending:
            return Pending()
        found = Change(status.token, status.name, status.who)
        return Pending(found, guarded=status.guard, left=status.left)

    @abc.abstractmethod
    def _data_of(self, plan: P) -> Files:
        """Return the data files of a change by name, for the scripts of the host."""

    @abc.abstractmethod
    def _left_to_do(self, plan: P) -> LeftToDo:
        """Return what looks at the host after the change, for what is missing at runtime."""

    def _made_change(self) -> PendingChange:
        return PendingChange(
            self._target.connect,
            self._target.clock,
            self.host,
            tell=self._tell,
            follow_up_command=self._follow_up,
        )

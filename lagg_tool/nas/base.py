"""A NAS at a target: what every kind of it has in common, whatever guards its changes."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from lagg_tool.nas.contract import (
    Access,
    ApplyOptions,
    FollowUpCommand,
    Nas,
    Outcome,
    P,
    S,
    plain_command,
    refuse_too_short,
    refuse_unless_allowed,
)


class Commit(Protocol):
    """A change that is being made."""

    def if_left_alone(self) -> str:
        """Return what happens to the change if nobody goes on with it."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class MadeChange(Protocol):
    """A change in a later session than the one that made it."""

    def confirm(self, token: str = "") -> Outcome:
        """Keep the change."""
        ...

    def rollback(self, token: str = "") -> Outcome:
        """Undo the change."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


C = TypeVar("C", bound=Commit)


class TargetNas(Nas[S, P]):
    """A NAS whose changes are made, and later decided, over connections to a target."""

    def __init__(
        self,
        target: Access,
        *,
        who: str = "",
        tell: Callable[[str], None] = lambda _: None,
        follow_up_command: FollowUpCommand = plain_command,
    ) -> None:
        self._target = target
        self._who = who
        self._tell = tell
        self._follow_up = follow_up_command

    def confirm(self, token: str = "") -> Outcome:
        """Keep a change, by default the pending one."""
        with self._deciding("confirm", token) as change:
            return change.confirm(token)

    def rollback(self, token: str = "") -> Outcome:
        """Undo a change, by default the pending one or else the last one."""
        with self._deciding("rollback", token) as change:
            return change.rollback(token)

    @contextlib.contextmanager
    def _deciding(self, verb: str, token: str) -> Iterator[MadeChange]:
        """Give a change that a verb decides; tell what becomes of an interrupted decision."""
        with contextlib.closing(self._made_change()) as change:
            try:
                yield change
            except KeyboardInterrupt:
                again = self._follow_up(verb, token)
                self._tell(f"it may be done, or half done: {again} continues it")
                raise

    @abc.abstractmethod
    def _made_change(self) -> MadeChange:
        """Return the change that a later session decides on; the caller closes it."""

    def _seconds_for(self, plan: P) -> float:  # noqa: ARG002 - for the kinds that can tell
        """Return the time that a change takes at least, by what was seen of the NAS."""
        return 0.0

    @contextlib.contextmanager
    def _committing(self, plan: P, options: ApplyOptions, commit: C) -> Iterator[C]:
        """Give the commit unless the plan is refused; tell what happens to an interrupted one."""
        refuse_unless_allowed(plan, allow_management=options.allow_management)
        refuse_too_short(options.within, self._seconds_for(plan))
        with contextlib.closing(commit):
            try:
                yield commit
            except KeyboardInterrupt:
                self._tell(commit.if_left_alone())
                raise

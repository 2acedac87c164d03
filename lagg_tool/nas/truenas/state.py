"""The state of a TrueNAS CORE: its middleware's beside its kernel's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lagg_tool.errors import RefusedError, UnreadableError, why_no_json
from lagg_tool.nas.contract import Change, Pending, needs_root
from lagg_tool.nas.freebsd.state import FreeBSDState
from lagg_tool.nas.truenas.plan import Call, Items, restoring_calls

# /data survives reboots and updates; /var/db of CORE does not.
RECORD_DIRECTORY = "/data/lagg_tool"
RECORD = f"{RECORD_DIRECTORY}/last.json"


@dataclass(frozen=True)
class ChangeRecord:
    """The last change made with this tool, as the NAS keeps it, and what it changed."""

    token: str
    name: str
    who: str
    confirmed: bool
    before: Mapping[str, Mapping[str, Any]]

    @property
    def text(self) -> str:
        """The record as its file has it."""
        return json.dumps(self.__dict__, ensure_ascii=False)

    def calls_back(self, now: Items) -> tuple[Call, ...]:
        """Return the calls that bring back what was there; none if the change is not there."""
        return tuple(restoring_calls(self.name, self.before, now))

    @property
    def change(self) -> Change:
        """The change without what it replaced."""
        return Change(self.token, self.name, self.who)


def read_record(text: str) -> ChangeRecord | None:
    """Read a record; an empty one is none. Raises UnreadableError."""
    if not text.strip():
        return None
    try:
        data = json.loads(text)
        return ChangeRecord(
            str(data["token"]),
            str(data["name"]),
            str(data["who"]),
            bool(data["confirmed"]),
            dict(data["before"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError(
            f"{RECORD} cannot be read: {why_no_json(error)}; remove it"
        ) from error


@dataclass(frozen=True)
class Middleware:
    """What the middleware knows; ``waiting`` are the seconds left for a check-in."""

    items: Mapping[str, Mapping[str, Any]]
    pending: bool
    waiting: float | None = None
    record: ChangeRecord | None = None

    @property
    def change(self) -> Pending:
        """The change that waits for its check-in, and whether it is ours."""
        waits = self.pending or self.waiting is not None
        ours = self.record if waits and self.record and not self.record.confirmed else None
        last = self.record if self.record and ours is None else None
        return Pending(
            change=ours.change if ours else None,
            foreign=waits and ours is None,
            guarded=self.waiting is not None,
            left=self.waiting,
            last=last.change if last else None,
        )

    @property
    def data(self) -> dict[str, Any]:
        """What is pending, and the last change on record, as JSON takes it."""
        record = self.record
        return {
            "pending": self.pending,
            "seconds_left": self.waiting,
            "record": record and {"token": record.token, "lagg": record.name, "who": record.who},
        }


@dataclass(frozen=True)
class TrueNasState(FreeBSDState):
    """A TrueNAS at one moment; there is a ``middleware`` for root alone."""

    middleware: Middleware | None = None

    @property
    def answers(self) -> Middleware:
        """The middleware's answers. Raises RefusedError if the session is not root's."""
        if self.middleware is None:
            raise RefusedError(
                f"the middleware answers root alone; {needs_root(self.host.user)};"
                " nothing was touched"
            )
        return self.middleware

    @property
    def data(self) -> dict[str, Any]:
        """Everything, as JSON takes it."""
        found = {"middleware": self.middleware.data} if self.middleware else {}
        return super().data | found

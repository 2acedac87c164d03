"""TrueNAS CORE: what its middleware says, beside what the kernel says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lagg_tool.command import Effect, Runner, read
from lagg_tool.errors import HostError, RefusedError, UnreadableError
from lagg_tool.nas.contract import Observation, needs_root
from lagg_tool.nas.freebsd import observation as freebsd
from lagg_tool.nas.truenas.midclt import call, items_of, value_of, version_of

# /data survives reboots and updates; /var/db of CORE does not.
RECORD_DIRECTORY = "/data/lagg_tool"
RECORD = f"{RECORD_DIRECTORY}/last.json"

_QUESTIONS = (
    read("cat", "/etc/version"),
    call("interface.query", effect=Effect.READ),
    call("interface.has_pending_changes", effect=Effect.READ),
    call("interface.checkin_waiting", effect=Effect.READ),
    read("cat", RECORD),
)


@dataclass(frozen=True)
class ChangeRecord:
    """The last change made with this tool, as the NAS keeps it: what it found, and when."""

    token: str
    name: str
    who: str
    confirmed: bool
    before: Mapping[str, Mapping[str, Any]]

    @property
    def text(self) -> str:
        """The record as its file has it."""
        return json.dumps(self.__dict__, ensure_ascii=False)


@dataclass(frozen=True)
class MiddlewareState:
    """A TrueNAS at one moment; ``waiting`` are the seconds left for a check-in."""

    version: tuple[int, int]
    kernel: Observation
    items: Mapping[str, Mapping[str, Any]]
    pending: bool
    waiting: float | None = None
    record: ChangeRecord | None = field(default=None)


class TrueNasHost:
    """A TrueNAS CORE behind a runner."""

    kind = "TrueNAS CORE"

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def observe(self) -> Observation:
        """Look at the kernel's side. Raises UnreadableError and TargetError."""
        return self.look().kernel

    def look(self) -> MiddlewareState:
        """Look at both sides in one round trip. Raises HostError, RefusedError, TargetError."""
        below = freebsd.observe_commands()
        answers = self._runner.run_batch([*below, *_QUESTIONS])
        version, query, pending, waiting, record = answers[len(below) :]
        known = version_of(version.stdout)
        if known is None:
            raise HostError(
                f"{version.stdout.strip() or 'this'} is no TrueNAS CORE from 12.0 to 13.3; other"
                " middleware has other rules"
            )
        kernel = freebsd.read_answers(answers[: len(below)])
        if not kernel.state.root:
            raise RefusedError(
                f"the middleware answers root alone; {needs_root(kernel.state.user)};"
                " nothing was touched"
            )
        seconds = value_of(waiting)
        return MiddlewareState(
            version=known,
            kernel=kernel,
            items={item["name"]: item for item in items_of(query)},
            pending=value_of(pending) is True,
            waiting=float(seconds) if isinstance(seconds, int | float) else None,
            record=read_record(record.stdout) if record.status == 0 else None,
        )


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
        raise UnreadableError(f"{RECORD} cannot be read: {error}; remove it") from error

"""What happened in a run, as the evidence of a step: commands, frames, links, waits, notes.

``at`` is seconds on the target's clock, when the event began. It orders events; it is no
more precise than what was measured, so that all commands of a batch begin with the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class BatchPart:
    """Which command of a batch it was, from 1 to ``size``; ``seconds`` is the whole batch's."""

    number: int
    size: int
    seconds: float


@dataclass(frozen=True)
class CommandEvent:
    """A command ran on the NAS; ``seconds`` is null in a batch, which is timed as a whole."""

    at: float
    command: str
    status: int
    stdout: str
    stderr: str
    seconds: float | None
    batch: BatchPart | None = None
    kind: str = "command"

    @property
    def measured(self) -> float:
        """What this event adds to the time of a run: a batch counts once, at its first command."""
        if self.batch is None:
            return self.seconds or 0.0
        return self.batch.seconds if self.batch.number == 1 else 0.0


@dataclass(frozen=True)
class FrameEvent:
    """A frame was seen on a port's cable; ``hex`` is the whole frame without FCS."""

    at: float
    port: str
    direction: str  # "from_nas" or "to_nas"
    summary: str
    hex: str
    kind: str = "frame"


@dataclass(frozen=True)
class LinkEvent:
    """The carrier of a port was switched."""

    at: float
    port: str
    up: bool
    kind: str = "link"


@dataclass(frozen=True)
class WaitEvent:
    """Time passed on purpose: how long, for what, and whether the condition came to hold."""

    at: float
    seconds: float
    reason: str
    kind: str = "wait"


@dataclass(frozen=True)
class NoteEvent:
    """An observation that a step made from what it already has, such as a count per port."""

    at: float
    text: str
    kind: str = "note"


Event = CommandEvent | FrameEvent | LinkEvent | WaitEvent | NoteEvent

_EVENTS: Mapping[str, Callable[..., Event]] = {
    "command": CommandEvent,
    "frame": FrameEvent,
    "link": LinkEvent,
    "wait": WaitEvent,
    "note": NoteEvent,
}


def event_from_dict(data: Mapping[str, Any]) -> Event:
    """Return the event that ``dataclasses.asdict`` made ``data`` of. Raises KeyError, TypeError."""
    fields = dict(data)
    if fields.get("batch") is not None:
        fields["batch"] = BatchPart(**fields["batch"])
    return _EVENTS[fields["kind"]](**fields)

"""Evidence as a page shows it: the events of a step, within limits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from lagg_tool.evidence import (
    CommandEvent,
    Event,
    FrameEvent,
    LinkEvent,
    NoteEvent,
    ScenarioResult,
    StepResult,
    WaitEvent,
)

FOLD_LINES = 12  # output longer than this is folded away


@dataclass(frozen=True)
class Limits:
    """How much a page shows: frames of a step, bytes of a frame, characters of an output."""

    frames: int
    frame_bytes: int
    characters: int


# Tried in turn until a page is small enough; the capture to download is always complete.
LIMITS = (
    Limits(150, 192, 20_000),
    Limits(60, 96, 8_000),
    Limits(20, 64, 3_000),
    Limits(5, 48, 1_000),
)


@dataclass(frozen=True)
class Output:
    """A stream of a command: the text shown, its lines, and the characters left out."""

    text: str
    lines: int
    left_out: int

    @property
    def folded(self) -> bool:
        """Whether the page shows it folded."""
        return self.lines > FOLD_LINES


@dataclass(frozen=True)
class FrameLine:
    """One frame: time, port, summary, and its bytes in groups of four."""

    at: str
    port: str
    arrow: str
    direction: str
    summary: str
    hexdump: str


@dataclass(frozen=True)
class EvidenceBlock:
    """One block of evidence; ``kind`` is command, frames, link, wait or note."""

    kind: str
    at: str
    text: str
    status: int = 0
    seconds: str = ""
    stdout: Output | None = None
    stderr: Output | None = None
    frames: tuple[FrameLine, ...] = ()
    more: int = 0


def evidence_blocks(
    events: Sequence[Event], limits: Limits, begin: float = 0.0
) -> tuple[EvidenceBlock, ...]:
    """Return the events of a step as blocks; consecutive frames become one block.

    Times count from ``begin``, the start of the scenario, as in its timeline.
    """
    blocks: list[EvidenceBlock] = []
    for _, group in itertools.groupby(events, lambda event: isinstance(event, FrameEvent)):
        alike = list(group)
        frames = [event for event in alike if isinstance(event, FrameEvent)]
        if frames:
            blocks.append(_frames(frames, limits, begin))
        else:
            blocks += [_block(event, limits, begin) for event in alike]
    return tuple(blocks)


def summary(events: Sequence[Event]) -> str:
    """Return the number of events of each kind, in words."""
    kinds = [event.kind for event in events]
    names = (
        ("command", "command", "commands"),
        ("frame", "frame", "frames"),
        ("link", "link change", "link changes"),
        ("wait", "wait", "waits"),
        ("note", "note", "notes"),
    )
    counted = [(kinds.count(kind), one, many) for kind, one, many in names]
    return ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in counted if n)


def duration(seconds: float | None) -> str:
    """Return a duration in the unit that suits it; "" if it was not measured."""
    if seconds is None:
        return ""
    if seconds < 0.0005:
        return "0 ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"


def nas_time(step: StepResult) -> str:
    """Return how long a step took on the clock of a simulated NAS; "" for less than 0.1 s."""
    waited = sum(event.seconds for event in step.evidence if isinstance(event, WaitEvent))
    ran = sum(event.measured for event in step.evidence if isinstance(event, CommandEvent))
    return duration(waited + ran) if waited + ran >= 0.1 else ""


def frames_of(result: ScenarioResult) -> tuple[FrameEvent, ...]:
    """Return every frame of a scenario in the order of time."""
    return tuple(
        sorted((e for e in result.events if isinstance(e, FrameEvent)), key=lambda frame: frame.at)
    )


def links_of(result: ScenarioResult) -> tuple[LinkEvent, ...]:
    """Return every link change of a scenario in the order of time."""
    return tuple(sorted((e for e in result.events if isinstance(e, LinkEvent)), key=lambda e: e.at))


def span_of(result: ScenarioResult) -> tuple[float, float] | None:
    """Return the times of a scenario's first and last event, so that silence shows too."""
    times = [event.at for event in result.events]
    return (min(times), max(times)) if times else None


def begin_of(result: ScenarioResult) -> float:
    """Return the time of a scenario's first event."""
    return (span_of(result) or (0.0, 0.0))[0]


def _block(event: Event, limits: Limits, begin: float) -> EvidenceBlock:
    at = f"{event.at - begin:.3f}"
    match event:
        case CommandEvent():
            return EvidenceBlock(
                "command",
                at,
                event.command,
                event.status,
                _took(event),
                _output(event.stdout, limits),
                _output(event.stderr, limits),
            )
        case LinkEvent():
            return EvidenceBlock("link", at, f"{event.port}: link {'up' if event.up else 'down'}")
        case WaitEvent():
            return EvidenceBlock("wait", at, event.reason, seconds=duration(event.seconds))
        case NoteEvent():
            return EvidenceBlock("note", at, event.text)
        case FrameEvent():
            return _frames([event], limits, begin)


def _took(event: CommandEvent) -> str:
    """Return a command's duration, or its batch's as such."""
    if event.batch is None:
        return duration(event.seconds)
    return f"one of {event.batch.size} commands, {duration(event.batch.seconds)} together"


def _output(text: str, limits: Limits) -> Output | None:
    if not text:
        return None
    shown = text[: limits.characters]
    return Output(shown.rstrip("\n"), text.rstrip("\n").count("\n") + 1, len(text) - len(shown))


def _frames(frames: Sequence[FrameEvent], limits: Limits, begin: float) -> EvidenceBlock:
    lines = tuple(
        FrameLine(
            f"{frame.at - begin:.3f}",
            frame.port,
            "→" if frame.direction == "from_nas" else "←",
            "from the NAS" if frame.direction == "from_nas" else "to the NAS",
            frame.summary,
            _hexdump(frame.hex, limits.frame_bytes),
        )
        for frame in frames[: limits.frames]
    )
    return EvidenceBlock(
        "frames",
        f"{frames[0].at - begin:.3f}",
        summary(frames),
        frames=lines,
        more=len(frames) - len(lines),
    )


def _hexdump(text: str, limit: int) -> str:
    shown = text[: 2 * limit]
    groups = " ".join(shown[i : i + 8] for i in range(0, len(shown), 8))
    left_out = (len(text) - len(shown)) // 2
    return f"{groups} … and {left_out} more" if left_out else groups

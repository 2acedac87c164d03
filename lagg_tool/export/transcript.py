"""What another program's report shows: where it ran, and a step's evidence."""

from __future__ import annotations

from collections.abc import Iterator

from lagg_tool import releases
from lagg_tool.evidence import (
    CommandEvent,
    Event,
    FrameEvent,
    LinkEvent,
    NoteEvent,
    Provenance,
    StepResult,
    TargetResult,
    WaitEvent,
)

_MOST_FRAMES = 40


def place(target: TargetResult) -> str:
    """Return the target in a few words; a simulated one cannot be taken for a real one."""
    release = releases.title(target.release)
    if target.provenance is Provenance.SIMULATED:
        faulty = " with injected faults" if target.facts.get("faults") else ""
        return f"simulated {release}{faulty}"
    return f"{release}, observed"


def caveat(target: TargetResult) -> str:
    """Return where a scenario ran, in a sentence."""
    if target.provenance is Provenance.SIMULATED:
        return f"Simulated {target.os}: no evidence about a real host."
    return f"Observed on {target.os}, {target.url}, testbed {target.testbed}."


def transcript(step: StepResult) -> str:
    """Return a step's evidence as text: commands with their output, frames, links, waits."""
    return "\n".join(_lines(step))


def _lines(step: StepResult) -> Iterator[str]:
    frames = 0
    for event in step.evidence:
        if isinstance(event, FrameEvent):
            frames += 1
            if frames > _MOST_FRAMES:
                continue
        yield from _event(event)
    if frames > _MOST_FRAMES:
        yield f"{frames - _MOST_FRAMES} more frames are in the results"


def _event(event: Event) -> Iterator[str]:
    match event:
        case CommandEvent():
            yield f"$ {event.command}"
            yield from event.stdout.rstrip("\n").splitlines()
            yield from event.stderr.rstrip("\n").splitlines()
            if event.status:
                yield f"exit status {event.status}"
        case FrameEvent():
            arrow = "from the NAS" if event.direction == "from_nas" else "to the NAS"
            yield f"{event.at:.3f} {event.port} {arrow}: {event.summary}"
        case LinkEvent():
            yield f"{event.at:.3f} {event.port}: link {'up' if event.up else 'down'}"
        case WaitEvent():
            yield f"waited {event.seconds:.3f} s: {event.reason}"
        case NoteEvent():
            yield event.text

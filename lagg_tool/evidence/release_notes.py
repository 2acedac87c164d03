"""What is different on another target, as release notes: two results files side by side.

Verdicts that changed, defects gone and new, behaviours gone and new, waits that
took longer or shorter than their tolerance, each with what was seen on either side. Only
how scenarios ended is compared, never the text of an answer, so that formatting is no change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lagg_tool import releases
from lagg_tool.claims.reader import IDENTIFIER
from lagg_tool.evidence import (
    CommandEvent,
    Event,
    FrameEvent,
    NoteEvent,
    Provenance,
    Results,
    ScenarioResult,
    Status,
    StepResult,
    TargetResult,
    WaitEvent,
)
from lagg_tool.evidence.reasons import in_words

# LACP acts on a tick of one second of arbitrary phase, with 0.3 s of slack (the README of
# the recordings); everything else that a NAS does by itself happens within half a second.
LACP_TOLERANCE = 1.3
TOLERANCE = 0.5
# How the reason begins of a scenario that was to show a defect, and found none.
GONE = "the defect is gone"
_BEHAVIOUR = "behaviour."
_LONGEST = 88
_EXCERPT = 3


@dataclass(frozen=True)
class Shown:
    """A scenario on one side: how it ended, and what its assertions saw."""

    scenario: str
    name: str
    status: Status
    reason: str
    saw: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """Something that differs, with the evidence of both sides."""

    subject: str
    before: str
    after: str
    on_before: tuple[Shown, ...]
    on_after: tuple[Shown, ...]


@dataclass(frozen=True)
class ReleaseNotes:
    """Everything that differs from one target to another.

    ``endings`` are scenarios that are expected on both and have another result; ``untried``
    those that ran on one side only for want of something (a bench, ports).
    """

    before: str
    after: str
    verdicts: tuple[Change, ...]
    behaviours: tuple[Change, ...]
    defects: tuple[Change, ...]
    timings: tuple[Change, ...]
    endings: tuple[Change, ...]
    untried: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return any((self.verdicts, self.behaviours, self.defects, self.timings, self.endings))

    @property
    def sections(self) -> tuple[tuple[str, tuple[Change, ...]], ...]:
        """The changes under their headings, the most telling first."""
        return (
            ("Behaviours", self.behaviours),
            ("Defects", self.defects),
            ("Verdicts", self.verdicts),
            ("Timings", self.timings),
            ("Scenarios with another result", self.endings),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what ``lagg-tool diff --json`` prints."""
        return dataclasses.asdict(self)

    def lines(self) -> Iterator[str]:
        """Yield the notes as text for people."""
        yield f"From {self.before} to {self.after}"
        if not self:
            yield "No behaviour differs."
        for title, changes in self.sections:
            if changes:
                yield from ("", title)
            for change in changes:
                yield f"  {change.subject}: {change.before} -> {change.after}"
                yield from _side_lines(self.before, change.on_before)
                yield from _side_lines(self.after, change.on_after)
        if self.untried:
            yield from ("", f"Tried on one side only, and not compared: {len(self.untried)}")
            yield from (f"  {scenario}" for scenario in self.untried)


def _side_lines(label: str, shown: Iterable[Shown]) -> Iterator[str]:
    for one in shown:
        reason = f" ({one.reason.splitlines()[0]})" if one.reason else ""
        yield f"    {label}: {one.name}: {one.status}{reason}"
        yield from (f"      {line}" for line in one.saw)


@dataclass(frozen=True)
class _Side:
    """One target with its scenarios by identifier."""

    target: TargetResult
    scenarios: Mapping[str, ScenarioResult]
    verdicts: Mapping[str, str]

    @property
    def label(self) -> str:
        """The release, and whether it is only a model of it."""
        simulated = self.target.provenance is Provenance.SIMULATED
        title = releases.title(self.target.release)
        return f"{title} (simulated)" if simulated else title

    def expects(self, scenario: ScenarioResult) -> bool:
        return releases.holds(scenario.tags, self.target.release)


def release_notes(
    before: Results, after: Results, before_target: str, after_target: str
) -> ReleaseNotes:
    """Compare two targets, each in a run of its own or both in one."""
    old, new = _side(before, before_target), _side(after, after_target)
    both = [(a, new.scenarios[key]) for key, a in old.scenarios.items() if key in new.scenarios]
    common = [
        (a, b) for a, b in both if old.expects(a) and new.expects(b) and not (gone(a) or gone(b))
    ]
    ran = (Status.PASSED, Status.FAILED, Status.UNDEFINED)
    return ReleaseNotes(
        before=old.label,
        after=new.label,
        verdicts=tuple(_verdicts(old, new)),
        behaviours=tuple(_behaviours(old, new)),
        defects=tuple(_defects(old, new)),
        timings=tuple(change for a, b in common for change in _timings(a, b)),
        endings=tuple(
            Change(a.id, a.status, b.status, (_shown(a),), (_shown(b),))
            for a, b in common
            if a.status in ran and b.status in ran and a.status is not b.status
        ),
        untried=tuple(a.id for a, b in common if (a.status in ran) != (b.status in ran)),
    )


def _side(run: Results, target: str) -> _Side:
    return _Side(
        next(known for known in run.targets if known.id == target),
        {s.id: s for s in run.scenarios if s.target == target},
        {v.claim: v.verdict for v in run.verdicts if v.target == target},
    )


# --- verdicts ---


def _verdicts(old: _Side, new: _Side) -> Iterator[Change]:
    for claim in sorted(old.verdicts.keys() | new.verdicts.keys()):
        was, now = old.verdicts.get(claim, "unknown"), new.verdicts.get(claim, "unknown")
        if was != now:
            yield Change(claim, was, now, *_claim_evidence(claim, old, new))


def _claim_evidence(
    claim: str, old: _Side, new: _Side
) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
    """Return the scenarios on the claim that have another result."""

    def on(side: _Side, other: _Side) -> tuple[Shown, ...]:
        return tuple(
            _shown(scenario)
            for key, scenario in side.scenarios.items()
            if any(link.id == claim for link in scenario.claims)
            and scenario.status in (Status.PASSED, Status.FAILED)
            and not (key in other.scenarios and other.scenarios[key].status is scenario.status)
        )

    return on(old, new), on(new, old)


# --- behaviours and defects ---


def _behaviours(old: _Side, new: _Side) -> Iterator[Change]:
    """Pair what scenarios of one ``behaviour.`` tag show; those without a pair are gone or new."""
    went, came = _only(old, new), _only(new, old)
    for subject in dict.fromkeys([*went, *came]):
        a, b = went.get(subject, []), came.get(subject, [])
        title = subject.removeprefix(_BEHAVIOUR).replace("-", " ")
        was = "; ".join(scenario.name for scenario in a) or "not so"
        now = "; ".join(scenario.name for scenario in b) or "no longer so"
        yield Change(title, was, now, tuple(map(_shown, a)), tuple(map(_shown, b)))


def _only(side: _Side, other: _Side) -> dict[str, list[ScenarioResult]]:
    """Return by subject what was seen on one side, and is not expected on the other."""
    found: dict[str, list[ScenarioResult]] = {}
    for scenario in side.scenarios.values():
        shown = scenario.status is Status.PASSED and not other.expects(scenario)
        if shown and not any(tag.startswith(("defect.", "fixed.")) for tag in scenario.tags):
            named = [tag for tag in scenario.tags if tag.startswith(_BEHAVIOUR)]
            for subject in named or [scenario.id]:
                found.setdefault(subject, []).append(scenario)
    return found


def defect_states(scenarios: Iterable[ScenarioResult]) -> dict[str, str]:
    """Return by defect whether a target's scenarios found it "present" or "gone"."""
    known = tuple(scenarios)
    tags = {tag for scenario in known for tag in scenario.tags if _is_defect(tag)}
    states = {
        defect: _state(defect, known)[0]
        for defect in sorted({tag.partition(".")[2] for tag in tags})
    }
    return {defect: state for defect, state in states.items() if state}


def gone(scenario: ScenarioResult) -> bool:
    """Whether a scenario that was to show a defect found it gone: news, or a failure."""
    ended = (Status.SKIPPED, Status.FAILED)
    return scenario.status in ended and scenario.reason.startswith(GONE)


def _state(
    defect: str, scenarios: Iterable[ScenarioResult]
) -> tuple[str, tuple[ScenarioResult, ...]]:
    """Return "present", "gone" or nothing, and the scenarios that show it."""
    known = tuple(scenarios)
    passed = [s for s in known if s.status is Status.PASSED]
    shown = tuple(s for s in passed if f"defect.{defect}" in s.tags)
    if shown:
        return "present", shown
    missed = (s for s in known if f"defect.{defect}" in s.tags and gone(s))
    repaired = (*(s for s in passed if f"fixed.{defect}" in s.tags), *missed)
    return ("gone" if repaired else ""), repaired


def _is_defect(tag: str) -> bool:
    kind, _, identifier = tag.partition(".")
    return kind in ("defect", "fixed") and IDENTIFIER.fullmatch(identifier) is not None


def _defects(old: _Side, new: _Side) -> Iterator[Change]:
    was, now = defect_states(old.scenarios.values()), defect_states(new.scenarios.values())
    for defect in sorted(was.keys() & now.keys()):
        if was[defect] != now[defect]:
            _, on_old = _state(defect, old.scenarios.values())
            _, on_new = _state(defect, new.scenarios.values())
            shown = tuple(map(_shown, on_old)), tuple(map(_shown, on_new))
            yield Change(defect, was[defect], now[defect], *shown)


# --- timings ---


def _timings(before: ScenarioResult, after: ScenarioResult) -> Iterator[Change]:
    if before.status is not Status.PASSED or after.status is not Status.PASSED:
        return
    tolerance = LACP_TOLERANCE if "lacp" in before.tags else TOLERANCE
    for a, b in zip(before.steps, after.steps, strict=False):
        was, now = _waits(a), _waits(b)
        for reason in was.keys() & now.keys():
            if abs(was[reason] - now[reason]) > tolerance:
                yield Change(
                    f"{before.id}: {reason}",
                    f"{was[reason]:.1f} s",
                    f"{now[reason]:.1f} s",
                    (_shown(before),),
                    (_shown(after),),
                )


def _waits(step: StepResult) -> dict[str, float]:
    found: dict[str, float] = {}
    for event in step.evidence:
        if isinstance(event, WaitEvent):
            found[event.reason] = found.get(event.reason, 0.0) + event.seconds
    return found


# --- what was seen ---


def _shown(scenario: ScenarioResult) -> Shown:
    lines = [line for step in _assertions(scenario) for line in _saw(step)]
    return Shown(
        scenario.id,
        scenario.name,
        scenario.status,
        in_words(scenario.reason) if scenario.status is not Status.PASSED else "",
        tuple(line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…" for line in lines),
    )


def _assertions(scenario: ScenarioResult) -> Iterator[StepResult]:
    """Yield the Then steps that ran, with their Ands, each with evidence of its own or before."""
    asserting = False
    acted: tuple[Event, ...] = ()
    for step in scenario.steps:
        if step.keyword in ("Given", "When", "Then"):
            asserting = step.keyword == "Then"
        if not asserting:
            acted = step.evidence or acted
        elif step.status in (Status.PASSED, Status.FAILED):
            yield step if step.evidence else dataclasses.replace(step, evidence=acted)


def _saw(step: StepResult) -> Iterator[str]:
    rows = ", ".join(" = ".join(row) for row in step.table)
    yield f"{step.keyword} {step.text}{f' {rows}' if rows else ''}"
    for command in [event for event in step.evidence if isinstance(event, CommandEvent)][-1:]:
        yield f"$ {command.command}"
        yield from _telling(command, step) or [f"exit status {command.status}"]
    frames = [event for event in step.evidence if isinstance(event, FrameEvent)]
    sent = [frame for frame in frames if frame.direction == "from_nas"]
    if sent:
        yield f"{len(sent)} frames sent, the first by {sent[0].port}: {sent[0].summary}"
    yield from (event.text for event in step.evidence if isinstance(event, NoteEvent))


def _telling(command: CommandEvent, step: StepResult) -> list[str]:
    """Return the few lines of an answer that an assertion is about: errors, named fields."""
    errors = command.stderr.split("\n")
    lines = [line.strip() for line in command.stdout.split("\n")]
    fields = [row[0].replace(" ", "_") for row in step.table]
    named = [line for line in lines[1:] if any(field in line for field in fields)]
    shown = errors if any(errors) else [*lines[:1], *named]
    return list(dict.fromkeys(line.strip() for line in shown if line.strip()))[:_EXCERPT]

"""The events of a run, and the results that they become.

A Journal receives events as they happen: commands, frames, link changes, waits. The
pytest plugin attaches what a step journalled to that step. ``Results`` is what a run
leaves behind: build/results.json, described by results.schema.json in this package.
Run, docs, diff and audit read nothing else.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Self

import jsonschema
import jsonschema.exceptions
import jsonschema.protocols

from lagg_tool.errors import DocumentError
from lagg_tool.evidence.schema import predicate

RESULTS_VERSION = 1


@functools.cache
def _schema() -> Any:
    text = resources.files("lagg_tool.evidence").joinpath("results.schema.json").read_text("utf-8")
    return json.loads(text)


@functools.cache
def _validator() -> jsonschema.protocols.Validator:
    return jsonschema.Draft202012Validator(_schema())


@functools.cache
def _accepts() -> Callable[[Any], bool]:
    return predicate(_schema())


class Status(enum.StrEnum):
    """How a scenario or a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNDEFINED = "undefined"
    NOT_RUN = "not run"


# How a simulated NAS names itself in its SSH version, so that nobody takes it for a real one.
SIMULATED_SERVER = "lagg_tool-simulated-NAS"


class Provenance(enum.StrEnum):
    """Whether a result is about the model or about a real host."""

    SIMULATED = "simulated"
    OBSERVED = "observed"


@dataclass(frozen=True)
class CommandEvent:
    """A command ran on the NAS; ``at`` and ``seconds`` on the target's clock."""

    at: float
    command: str
    status: int
    stdout: str
    stderr: str
    seconds: float
    kind: str = "command"


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
    return _EVENTS[data["kind"]](**data)


class Journal:
    """Where the parts of a run report what happened, in order."""

    def __init__(self, redact: Callable[[str], str] = lambda text: text) -> None:
        self._events: list[Event] = []
        self._redact = redact

    def emit(self, event: Event) -> None:
        """Keep an event, redacted."""
        texts: dict[str, Any] = {
            f.name: self._redact(value)
            for f in dataclasses.fields(event)
            if isinstance(value := getattr(event, f.name), str) and f.name not in ("kind", "hex")
        }
        self._events.append(dataclasses.replace(event, **texts))

    def take(self) -> tuple[Event, ...]:
        """Return the events since the last call, and forget them."""
        events, self._events = tuple(self._events), []
        return events


@dataclass(frozen=True)
class ClaimLink:
    """A scenario's word on a claim: relation is confirms, refines or contradicts."""

    id: str
    relation: str


@dataclass(frozen=True)
class StepResult:
    """One step of a scenario with its evidence."""

    keyword: str
    text: str
    line: int
    status: Status
    seconds: float = 0.0
    reason: str = ""
    table: tuple[tuple[str, ...], ...] = ()
    docstring: str = ""
    evidence: tuple[Event, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the step of a parsed results.json."""
        known = dict(data)
        known["status"] = Status(data["status"])
        known["table"] = tuple(tuple(row) for row in data["table"])
        known["evidence"] = tuple(event_from_dict(event) for event in data["evidence"])
        return cls(**known)


@dataclass(frozen=True)
class ScenarioResult:
    """One scenario (one row of an outline) on one target.

    ``id`` is ``path::name`` (with ``[row]`` for an outline), stable across runs;
    ``seconds`` is wall time, ``protocol_seconds`` what passed on the target's clock.
    """

    id: str
    name: str
    line: int
    rule: str
    tags: tuple[str, ...]
    target: str
    status: Status
    reason: str
    seconds: float
    protocol_seconds: float
    claims: tuple[ClaimLink, ...]
    steps: tuple[StepResult, ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the scenario of a parsed results.json."""
        known = dict(data)
        known["status"] = Status(data["status"])
        known["tags"] = tuple(data["tags"])
        known["claims"] = tuple(ClaimLink(**link) for link in data["claims"])
        known["steps"] = tuple(StepResult.from_dict(step) for step in data["steps"])
        return cls(**known)


@dataclass(frozen=True)
class FeatureResult:
    """A feature file as it was when it ran; ``digest`` is SHA-256 of its text."""

    path: str
    name: str
    digest: str
    scenarios: tuple[ScenarioResult, ...]


@dataclass(frozen=True)
class TargetResult:
    """What was tested: ``os`` as uname says it, ``release`` as in ``sim:?os=`` (freebsd-13.2)."""

    id: str
    url: str
    provenance: Provenance
    os: str
    release: str
    bench: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class VerdictResult:
    """A claim's verdict on one target, from its scenarios; see claims.py for the words."""

    claim: str
    target: str
    verdict: str
    reason: str
    scenarios: tuple[str, ...]


@dataclass(frozen=True)
class Results:
    """A whole run: ``started`` is UTC in ISO 8601, ``article_digest`` that of article.toml."""

    started: str
    seconds: float
    tool: str
    command: str
    commit: str
    article_digest: str
    targets: tuple[TargetResult, ...]
    features: tuple[FeatureResult, ...]
    verdicts: tuple[VerdictResult, ...]
    version: int = RESULTS_VERSION

    def to_json(self) -> str:
        """Return the text of results.json."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False) + "\n"

    def write(self, path: Path) -> None:
        """Write results.json whole or not at all. Raises OSError with the name of the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        try:
            partial.write_text(self.to_json(), encoding="utf-8")
            partial.replace(path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(path)) from error

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read results.json. Raises DocumentError when it is not one of this version."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DocumentError(str(path), None, f"cannot be read: {error}") from error
        return cls.from_json(text, str(path))

    @classmethod
    def from_json(cls, text: str, name: str = "results.json") -> Self:
        """Read the text of a results.json, strictly by its schema. Raises DocumentError."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else None
            raise DocumentError(name, line, f"is not JSON: {error}") from error
        version = data.get("version") if isinstance(data, dict) else None
        if version != RESULTS_VERSION:
            raise DocumentError(
                name, None, f"results of version {version}; this tool reads {RESULTS_VERSION}"
            )
        if not _accepts()(data):
            wrong = jsonschema.exceptions.best_match(_validator().iter_errors(data))
            if wrong is not None:
                raise DocumentError(name, None, f"{wrong.json_path}: {wrong.message[:200]}")
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the run of a parsed results.json that keeps to the schema."""
        known = dict(data)
        known["targets"] = tuple(
            TargetResult(**{**target, "provenance": Provenance(target["provenance"])})
            for target in data["targets"]
        )
        known["features"] = tuple(
            FeatureResult(
                **{
                    **feature,
                    "scenarios": tuple(map(ScenarioResult.from_dict, feature["scenarios"])),
                }
            )
            for feature in data["features"]
        )
        known["verdicts"] = tuple(
            VerdictResult(**{**verdict, "scenarios": tuple(verdict["scenarios"])})
            for verdict in data["verdicts"]
        )
        return cls(**known)

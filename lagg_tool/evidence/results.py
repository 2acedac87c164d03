"""The results that a run leaves behind: build/results.json.

The document itself, its versions and its schema are in document.py. Run, site, diff and
audit read nothing else.
"""

from __future__ import annotations

import dataclasses
import enum
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from lagg_tool.evidence.document import RESULTS_VERSION, parse, read_text
from lagg_tool.evidence.events import Event, event_from_dict
from lagg_tool.whole_file import write_whole


class Status(enum.StrEnum):
    """How a scenario or a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNDEFINED = "undefined"
    BROKEN = "broken"  # an error that says nothing about the NAS; or its clean-up failed
    NOT_RUN = "not run"


# How a simulated NAS names itself in its SSH version, so that nobody takes it for a real one.
SIMULATED_SERVER = "lagg_tool-simulated-NAS"


class Provenance(enum.StrEnum):
    """Whether a result is about the model or about a real host."""

    SIMULATED = "simulated"
    OBSERVED = "observed"


@dataclass(frozen=True)
class ClaimLink:
    """A scenario's word on a claim: relation is confirms, refines or contradicts."""

    id: str
    relation: str


@dataclass(frozen=True)
class StepResult:
    """One step of a scenario with its evidence; ``seconds`` is wall time, if it ran."""

    keyword: str
    text: str
    line: int
    status: Status
    seconds: float | None = None
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

    @property
    def events(self) -> Iterator[Event]:
        """The evidence of all steps."""
        return (event for step in self.steps for event in step.evidence)

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
    testbed: str
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
    """A whole run: ``started`` is UTC in ISO 8601, ``article_digest`` that of article.toml.

    ``seconds`` is wall time; that of several targets is added up, though they run side by side.
    """

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

    @property
    def scenarios(self) -> Iterator[ScenarioResult]:
        """The scenarios of all features, on all targets."""
        return (scenario for feature in self.features for scenario in feature.scenarios)

    def to_json(self) -> str:
        """Return the text of results.json."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False) + "\n"

    def write(self, path: Path) -> None:
        """Write results.json whole or not at all, compressed if its name ends in .gz.

        A device or a pipe is written to, and stays. Raises OSError with the name of the file.
        """
        data = self.to_json().encode()
        write_whole(path, gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read results.json, compressed or not, of any version. Raises DocumentError."""
        return cls.from_json(read_text(path), str(path))

    @classmethod
    def from_json(cls, text: str, name: str = "results.json") -> Self:
        """Return the run that the text of a results.json holds. Raises DocumentError."""
        return cls.from_dict(parse(text, name))

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

"""What a claim is: a statement of the article, its sources, its level, its expected verdict."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Level(enum.StrEnum):
    """Where a claim can be checked: commands, frames, the TrueNAS API, or only by reading."""

    HOST = "host"
    WIRE = "wire"
    API = "api"
    EDITORIAL = "editorial"


class Verdict(enum.StrEnum):
    """The verdict on a claim."""

    CONFIRMED = "confirmed"
    IMPRECISE = "imprecise"
    CONTRADICTED = "contradicted"
    NOT_TESTABLE = "not testable"
    NOT_COVERED = "not covered"
    NOT_RUN = "not run"
    CHANGED = "changed"


class Relation(enum.StrEnum):
    """How a passing scenario relates to a claim; the first word of its tag."""

    CONFIRMS = "confirms"
    REFINES = "refines"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True)
class Source:
    """Where a claim is made: ``hashes`` of its sentences; a manual page has none."""

    page: str
    section: str
    paragraph: int | None = None
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One statement of the article (or of lagg(4)), in our own words."""

    id: str
    paraphrase: str
    level: Level
    expected: Verdict
    why: str
    correction: str
    sources: tuple[Source, ...]
    line: int


@dataclass(frozen=True)
class Silence:
    """Sentences of one place that claim nothing, and why that is so."""

    source: Source
    reason: str


@dataclass(frozen=True)
class Claims:
    """All of article.toml; ``digest`` is the SHA-256 of its text."""

    claims: tuple[Claim, ...]
    silent: tuple[Silence, ...]
    sketches: Mapping[str, str]
    digest: str

    def __getitem__(self, identifier: str) -> Claim:
        """Return the claim of that identifier. Raises KeyError."""
        for claim in self.claims:
            if claim.id == identifier:
                return claim
        raise KeyError(identifier)

    @property
    def ids(self) -> frozenset[str]:
        """The identifiers of all claims."""
        return frozenset(claim.id for claim in self.claims)

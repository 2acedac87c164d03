"""What a claim is: a statement of the article, its sources, its level, its expected verdict."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from lagg_tool.claims.header import Header
from lagg_tool.claims.letters import Letters


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
    """One statement of the article (or of a manual page), in our own words.

    ``instruction`` says what to do about it. ``text`` is what to paste instead, as Markdown, by
    the hash of the sentence that it replaces, or by "" where the page is not the article's own.
    ``same_as`` are the claims of other articles that promise the same.
    """

    id: str
    paraphrase: str
    level: Level
    expected: Verdict
    why: str
    instruction: str
    sources: tuple[Source, ...]
    line: int
    text: Mapping[str, str] = field(default_factory=dict)
    same_as: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slip:
    """A typing error or a dead link of the article: ``wrong`` is replaced by ``right``.

    ``hash`` is the sentence as it is, ``fixed`` as it is without any of its slips.
    """

    page: str
    section: str
    hash: str
    fixed: str
    wrong: str
    right: str


@dataclass(frozen=True)
class Silence:
    """Sentences of one place that claim nothing, and why that is so."""

    source: Source
    reason: str


@dataclass(frozen=True)
class Claims:
    """All of article.toml; ``digest`` is the SHA-256 of its text, but for the address.

    Of each sentence there are a sketch and, in a set that has them, its letters.
    """

    claims: tuple[Claim, ...]
    silent: tuple[Silence, ...]
    sketches: Mapping[str, str]
    digest: str
    slips: tuple[Slip, ...] = ()
    header: Header = field(default_factory=Header)
    letters: Mapping[str, Letters] = field(default_factory=dict)

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

"""Feature files as this tool knows them: what is written in them, and the scenarios that run.

A ``Scenario`` is what somebody wrote, an outline included; its ``pickles`` (Gherkin's own word)
are what runs: one, or one per row. Runner, lint and site have the same ones, of ``suite.gherkin``.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from lagg_tool.claims import Relation
from lagg_tool.evidence import ClaimLink


@dataclass(frozen=True)
class Step:
    """One step; in a pickle the parameters of an outline are filled in."""

    kind: str  # given, when or then; "And" takes the kind of the step before
    keyword: str
    text: str
    line: int
    table: tuple[tuple[str, ...], ...] = ()
    docstring: str | None = None


@dataclass(frozen=True)
class Pickle:
    """One scenario as it runs; ``id`` is ``name`` or ``name[row]``, unique in its file.

    ``tags`` (without the at sign) includes those of feature, rule and examples; ``line`` is
    that of the scenario, or of the row. A name that is there twice gets its rule, or its
    line, before it in ``id``, so that no scenario is lost.
    """

    id: str
    name: str
    line: int
    rule: str
    description: str
    tags: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def defects(self) -> tuple[str, ...]:
        """The defects that the scenario shows."""
        return tuple(tag.removeprefix("defect.") for tag in self.tags if tag.startswith("defect."))


@dataclass(frozen=True)
class Examples:
    """One table of an outline; ``rows`` are (line, cells)."""

    name: str
    tags: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Scenario:
    """A scenario or an outline as it is written.

    ``tags`` include those of its feature and rule; ``background`` holds the steps that
    feature and rule put before its own, ``place`` the path of its file in its claim set.
    """

    path: str
    name: str
    description: str
    line: int
    rule: str
    tags: tuple[str, ...]
    background: tuple[Step, ...]
    steps: tuple[Step, ...]
    examples: tuple[Examples, ...]
    pickles: tuple[Pickle, ...]
    place: str = ""

    @property
    def id(self) -> str:
        """The identifier of the scenario; results of an outline's rows add ``[row]``."""
        return f"{self.path}::{self.name}"

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The identifiers that ``accept`` and results use for what runs."""
        return tuple(f"{self.path}::{pickle.id}" for pickle in self.pickles) or (self.id,)

    @property
    def all_tags(self) -> tuple[str, ...]:
        """Its tags and those of its examples, each once."""
        of_examples = (tag for table in self.examples for tag in table.tags)
        return tuple(dict.fromkeys([*self.tags, *of_examples]))

    @property
    def claims(self) -> tuple[ClaimLink, ...]:
        """The claims that its tags, and those of its examples, name."""
        return claim_links(self.all_tags)

    def owns(self, result_id: str) -> bool:
        """Return whether a result is this scenario's, or one of its rows', present or former."""
        if result_id == self.id or result_id in self.run_ids:
            return True
        return bool(self.examples) and self._row_pattern.fullmatch(result_id) is not None

    @functools.cached_property
    def _row_pattern(self) -> re.Pattern[str]:
        name = re.sub(r"<[^<>]+>", "\0", self.name)
        pattern = ".*".join(re.escape(part) for part in name.split("\0"))
        return re.compile(rf"{re.escape(self.path)}::{pattern}(\[.*\])?", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """A business rule with its scenarios; one without a name holds those outside any rule."""

    name: str
    description: str
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True)
class Feature:
    """One feature file; ``path`` is what results call it, ``text`` is all of it.

    ``place`` is its path in its claim set, which the addresses of its pages follow.
    """

    path: str
    name: str
    line: int
    description: str
    tags: tuple[str, ...]
    text: str
    rules: tuple[Rule, ...]
    place: str = ""

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of the text, as results name it."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario in the order of the file."""
        return tuple(scenario for rule in self.rules for scenario in rule.scenarios)

    @property
    def pickles(self) -> tuple[Pickle, ...]:
        """Everything that runs, in the order of the file."""
        return tuple(pickle for scenario in self.scenarios for pickle in scenario.pickles)


def claim_links(tags: Iterable[str]) -> tuple[ClaimLink, ...]:
    """Return the claims that tags such as ``confirms.ID`` name."""
    parts = (tag.partition(".") for tag in tags)
    links = [ClaimLink(claim, relation) for relation, _, claim in parts if relation in _RELATIONS]
    return tuple(dict.fromkeys(links))


_RELATIONS = frozenset(Relation)

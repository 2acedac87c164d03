"""The claim sets of a run: those that were chosen, and are about the target's system."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.claims.sets import ClaimSet, choose, elsewhere, load_sets
from lagg_tool.errors import LaggToolError
from lagg_tool.suite.features import Feature
from lagg_tool.suite.gherkin import read_features
from lagg_tool.target.schemes import product_in_url


@dataclass(frozen=True)
class Selection:
    """The sets that there are, those that were chosen, and the system of the target.

    ``product`` is "" where only the target itself can say it.
    """

    every: tuple[ClaimSet, ...]
    chosen: tuple[ClaimSet, ...]
    product: str = ""

    def concerned(self, product: str = "") -> tuple[ClaimSet, ...]:
        """Return the chosen sets that are about a system, by default the target's."""
        return tuple(one for one in self.chosen if one.concerns(product or self.product))

    def set_of(self, file: Path) -> ClaimSet | None:
        """Return the set whose directory has a file."""
        return next((one for one in self.every if file.is_relative_to(one.directory)), None)

    def owner(self, path: str) -> ClaimSet | None:
        """Return the set that has a feature file, as results name it."""
        return next((one for one in self.every if one.owns(path)), None)

    def file_of(self, scenario: str, root: Path) -> str:
        """Return where the file of a scenario is, or of the directory of several."""
        path, separator, name = scenario.partition("::")
        for one in self.every:
            if path == one.path or one.owns(path):
                place = one.directory / path.removeprefix(one.path).lstrip("/")
                return f"{place}{separator}{name}"
        return str(root / scenario)


def select(features: Path, names: Sequence[str], target: str = "") -> Selection:
    """Choose sets by name or directory for a target. Raises UsageError and DocumentError."""
    sets = load_sets(features, elsewhere(names))
    return Selection(sets, choose(sets, names), _product(target))


def read_documents(sets: Iterable[ClaimSet]) -> list[Feature]:
    """Read every feature file of sets. Raises DocumentError."""
    return [found for one in sets for found in read_features(one.directory, one.path)]


def _product(target: str) -> str:
    """Return the system of a target; one that cannot be opened is reported when it is."""
    try:
        return product_in_url(target) if target else ""
    except LaggToolError:
        return ""

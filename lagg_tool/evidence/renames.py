"""Results of earlier runs under the names that their scenarios have today.

features/renames.toml has a table ``moved`` of files and directories, earlier path = present path,
and a table for each feature file at its present path: earlier name = present name. The earlier
name of an outline keeps its placeholders, ``The MTU <mtu> is accepted``; a row of an
outline whose columns changed is named with its cells, ``Name[a, b]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lagg_tool.claims.reader import read_text
from lagg_tool.errors import DocumentError
from lagg_tool.evidence.results import FeatureResult, Results, ScenarioResult
from lagg_tool.toml_text import parse_toml

_MOVED = "moved"
_PLACEHOLDER = re.compile(r"<[^<>]+>")


@dataclass(frozen=True)
class Renames:
    """Earlier names of scenarios and their present ones, by the path of the feature file.

    ``moved`` has the earlier paths of files and directories, and the present ones.
    """

    names: Mapping[str, Mapping[str, str]]
    moved: Mapping[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield the path and the present name of each rename."""
        for path, names in self.names.items():
            for name in names.values():
                yield path, name

    def present(self, identifier: str) -> str:
        """Return the present identifier of a scenario; its own where it was not renamed."""
        earlier_path, separator, name = identifier.partition("::")
        path = self.present_path(earlier_path)
        names = self.names.get(path, {})
        if name in names:
            return f"{path}::{names[name]}"
        for earlier, now in names.items():
            if found := _pattern(earlier).fullmatch(name):
                return f"{path}::{now}{found['row'] or ''}"
        return f"{path}{separator}{name}"

    def present_path(self, path: str) -> str:
        """Return where a feature file or directory is now; its own path if it did not move."""
        for earlier, now in self.moved.items():
            if path == earlier or path.startswith(f"{earlier}/"):
                return now + path.removeprefix(earlier)
        return path


def _pattern(earlier: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in _PLACEHOLDER.split(earlier))
    return re.compile(".*?".join(parts) + r"(?P<row>\[.*\])?")


def load_renames(path: Path) -> Renames:
    """Read renames.toml; where there is none, nothing was renamed. Raises DocumentError."""
    if not path.exists():
        return Renames({})
    found = parse_toml(str(path), read_text(path))
    for feature, names in found.items():
        if not isinstance(names, dict) or not all(isinstance(n, str) for n in names.values()):
            message = f"{feature!r} must be a table: earlier name = present name"
            raise DocumentError(str(path), None, message)
    moved = found.pop(_MOVED, {})
    return Renames(found, moved)


def under_present_names(results: Results, renames: Renames) -> Results:
    """Return results whose scenarios have the names of today."""
    return replace(
        results,
        features=tuple(_feature(feature, renames) for feature in results.features),
        verdicts=tuple(
            replace(verdict, scenarios=tuple(map(renames.present, verdict.scenarios)))
            for verdict in results.verdicts
        ),
    )


def _feature(feature: FeatureResult, renames: Renames) -> FeatureResult:
    path = renames.present_path(feature.path)
    if path == feature.path and path not in renames.names:
        return feature
    scenarios = tuple(_scenario(scenario, renames) for scenario in feature.scenarios)
    return replace(feature, path=path, scenarios=scenarios)


def _scenario(scenario: ScenarioResult, renames: Renames) -> ScenarioResult:
    identifier = renames.present(scenario.id)
    if identifier == scenario.id:
        return scenario
    name = identifier.partition("::")[2]
    # A present name has no placeholder, so that what follows it is a row.
    return replace(scenario, id=identifier, name=name.partition("[")[0])

"""Rules for scenarios: their names, descriptions and assertions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lagg_tool.evidence.renames import Renames
from lagg_tool.suite.features import Feature
from lagg_tool.suite.lint.finding import Finding, pickles_of

# A name that begins so continues another one, and cannot be read alone.
_CONTINUING = frozenset(
    [
        *("And", "But", "Even", "It", "Its", "Neither", "Nor", "Others", "So"),
        *("That", "Then", "These", "They", "This", "Those"),
    ]
)


def duplicate_names(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find scenarios of one name, in one file or in several, and rows that are there twice."""
    seen: dict[str, str] = {}
    for document in documents:
        for scenario in document.scenarios:
            first = seen.setdefault(scenario.name, f"{document.path}:{scenario.line}")
            if first != f"{document.path}:{scenario.line}":
                message = f"{scenario.name!r} is there already, in {first}"
                yield Finding(document.path, scenario.line, message)
            rows = [row for examples in scenario.examples for row in examples.rows]
            for number, (line, cells) in enumerate(rows):
                if cells in [other for _, other in rows[:number]]:
                    yield Finding(document.path, line, f"the row {', '.join(cells)} is there twice")


def names_that_need_context(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find names that cannot be read alone: in a list, a search or a comparison."""
    for document in documents:
        named = [(document.name, document.line)]
        named += [(scenario.name, scenario.line) for scenario in document.scenarios]
        for name, line in named:
            first = name.split(" ")[0].rstrip(",")
            if first in _CONTINUING:
                message = f"{name!r} begins with {first!r}: it cannot be read alone"
                yield Finding(document.path, line, message)
            for sign in sorted(set(name) & set('<>"')):
                message = f"{name!r} has a {sign}: write what all rows have in common, unquoted"
                yield Finding(document.path, line, message)


def stale_renames(documents: Iterable[Feature], renames: Renames) -> Iterator[Finding]:
    """Find renames to a name that no scenario of the file has: it was renamed again."""
    names = {
        (document.path, scenario.name) for document in documents for scenario in document.scenarios
    }
    for path, present in renames:
        if (path, present.partition("[")[0]) not in names:
            message = f"{path} has no scenario {present!r}: give its present name"
            yield Finding("features/renames.toml", 1, message)


def stale_moves(documents: Iterable[Feature], renames: Renames) -> Iterator[Finding]:
    """Find moves to a path where there is no feature file: it was moved again."""
    paths = [document.path for document in documents]
    for now in renames.moved.values():
        if not any(path == now or path.startswith(f"{now}/") for path in paths):
            message = f"there is no feature file at {now!r}: give its present path"
            yield Finding("features/renames.toml", 1, message)


def incomplete_scenarios(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find scenarios that assert nothing."""
    for path, pickle in pickles_of(documents):
        if not any(step.kind == "then" for step in pickle.steps):
            yield Finding(path, pickle.line, f"{pickle.name!r} has no Then: it asserts nothing")


def undescribed_defects(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find scenarios on a defect that do not say why it matters."""
    for path, pickle in pickles_of(documents):
        if pickle.defects and not pickle.description:
            message = f"{pickle.name!r} shows a defect: describe why it matters"
            yield Finding(path, pickle.line, message)


def defects_without_but(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find scenarios on a defect that have no ``But``: what is wrong is asserted there."""
    for path, pickle in pickles_of(documents):
        if pickle.defects and not any(step.keyword == "But" for step in pickle.steps):
            message = f"{pickle.name!r} shows a defect and has no But that asserts it"
            yield Finding(path, pickle.line, message)

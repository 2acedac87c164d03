"""Feature files collected as such: ``features/SET/failover.feature::Name[row]``.

pytest-bdd finds scenarios through a dictionary by name, so that two of one name in one
file become one; here every pickle of the Gherkin compiler is an item, and pytest-bdd is
asked only to find and run its steps.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from _pytest._code.code import ExceptionInfo, TerminalRepr
from pytest_bdd import parser as bdd
from pytest_bdd.gherkin_parser import Cell, DataTable, Location, Row
from pytest_bdd.scenario import _execute_scenario

from lagg_tool.errors import DocumentError, UsageError
from lagg_tool.evidence import StepResult
from lagg_tool.suite.features import Feature, Pickle, Step
from lagg_tool.suite.gherkin import read_feature
from lagg_tool.suite.interruption import Interruption
from lagg_tool.suite.selection import Selection

# The sets of this run.
SELECTION = pytest.StashKey[Selection]()


class FeatureFile(pytest.File):
    """A feature file; its items are its pickles."""

    document: Feature

    def collect(self) -> Iterator[ScenarioItem]:
        """Yield an item per scenario and per row of an outline."""
        self.document = self.read()
        for pickle in self.document.pickles:
            yield ScenarioItem.of(self, self.document, pickle)

    def read(self) -> Feature:
        """Read the file, under the name that results have for it."""
        one = self.config.stash[SELECTION].set_of(self.path)
        if one is None:
            raise UsageError(f"{self.path} is in no claim set")
        place = self.path.relative_to(one.directory).as_posix()
        return read_feature(self.path, f"{one.path}/{place}", place)

    def repr_failure(  # type: ignore[override]  # as pytest.Collector narrows it itself
        self, excinfo: ExceptionInfo[BaseException]
    ) -> str | TerminalRepr:
        """Show a typing error as its message, which names file and line."""
        if isinstance(excinfo.value, DocumentError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


# A rule whose Background is run once: see suite/sharing.py.
SHARED_SETUP = "shared-setup"


@dataclass(frozen=True)
class SharedSetup:
    """The NAS after the Background of a rule, and the steps that brought it there.

    ``world`` is a World; pytest rewrites its assertions, and so it is imported later than this.
    """

    world: object
    steps: tuple[StepResult, ...]


class ScenarioItem(pytest.Function):
    """One scenario as a test; it has fixtures as any test function has.

    ``shared`` is set if another scenario ran the Background for this one, ``passed`` to the
    steps when all have passed.
    """

    document: Feature
    pickle: Pickle
    shared: SharedSetup | None = None
    passed: tuple[StepResult, ...] = ()

    @classmethod
    def of(cls, parent: FeatureFile, document: Feature, pickle: Pickle) -> ScenarioItem:
        """Return the item of a pickle, with its tags as marks."""
        feature, scenario = bdd_scenario(document, pickle)

        def run(request: pytest.FixtureRequest, interruption: Interruption) -> None:
            with interruption.exposed():
                done = len(item.shared.steps) if item.shared else 0
                _execute_scenario(feature, replace(scenario, steps=scenario.steps[done:]), request)

        item: ScenarioItem = cls.from_parent(parent, name=pickle.id, callobj=run)
        item.document = document
        item.pickle = pickle
        for tag in pickle.tags:
            # Tags come from the features, and the lint knows them; strict marks want them
            # registered.
            parent.config.addinivalue_line("markers", f"{tag}: a scenario's tag")
            item.add_marker(tag)
        return item

    @property
    def nodeid(self) -> str:
        """What pytest puts into the environment, whose encoding may lack characters of a name."""
        encoding = sys.getfilesystemencoding()
        return super().nodeid.encode(encoding, "backslashreplace").decode(encoding)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the scenario is written, instead of where pytest-bdd runs it."""
        return self.path, self.pickle.line - 1, self.name


def bdd_scenario(document: Feature, pickle: Pickle) -> tuple[bdd.Feature, bdd.Scenario]:
    """Return what pytest-bdd calls a feature and a rendered scenario."""
    feature = bdd.Feature(
        scenarios=OrderedDict(),
        filename=document.path,
        rel_filename=document.path,
        language="en",
        keyword="Feature",
        name=document.name,
        tags=set(document.tags),
        background=None,
        line_number=document.line,
        description=document.description,
    )
    scenario = bdd.Scenario(
        feature=feature,
        keyword="Scenario",
        name=pickle.name,
        line_number=pickle.line,
        steps=[_bdd_step(step) for step in pickle.steps],
        description=pickle.description,
        tags=set(pickle.tags),
    )
    return feature, scenario


def _bdd_step(step: Step) -> bdd.Step:
    table: Any = None
    if step.table:
        at = Location(column=1, line=step.line)
        rows = [
            Row(id="", location=at, cells=[Cell(location=at, value=value) for value in row])
            for row in step.table
        ]
        table = DataTable(location=at, rows=rows)
    return bdd.Step(
        name=step.text,
        type=step.kind,
        indent=4,
        line_number=step.line,
        keyword=step.keyword,
        datatable=table,
        docstring=step.docstring,
    )

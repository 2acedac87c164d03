"""What must hold of the features as a whole, as functions from documents to findings.

They run as tests, and ``lagg-tool accept`` runs them before the scenarios.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from lagg_tool.claims.sets import ClaimSet, load_sets
from lagg_tool.evidence.renames import load_renames
from lagg_tool.suite.features import Feature
from lagg_tool.suite.lint import scenarios, steps, subjects
from lagg_tool.suite.lint.finding import Finding
from lagg_tool.suite.selection import read_documents

__all__ = ["Finding", "lint"]


def lint(directory: Path, further: Iterable[ClaimSet] = ()) -> list[Finding]:
    """Return all findings on a directory of features, and on sets that are elsewhere."""
    sets = [*load_sets(directory), *further]
    by_set = [(one, read_documents([one])) for one in sets]
    documents = [document for _, found in by_set for document in found]
    renames = load_renames(directory / "renames.toml")
    known = steps.definitions()
    return [
        *chain.from_iterable(_in_set(found, one) for one, found in by_set),
        *scenarios.names_that_need_context(documents),
        *scenarios.stale_renames(documents, renames),
        *scenarios.stale_moves(documents, renames),
        *scenarios.incomplete_scenarios(documents),
        *scenarios.defects_without_but(documents),
        *scenarios.undescribed_defects(documents),
        *steps.late_preparations(documents),
        *steps.steps_of_any_keyword(known),
        *steps.undefined_steps(documents, known),
        *steps.unused_definitions(documents, known),
    ]


def _in_set(documents: Sequence[Feature], one: ClaimSet) -> list[Finding]:
    """Return what is wrong within a set: two articles may have a scenario of one name."""
    return [
        *scenarios.duplicate_names(documents),
        *subjects.strange_tags(documents, one),
        *subjects.unknown_claims(documents, one),
        *subjects.claims_without_scenario(documents, one),
        *subjects.unexpected_verdicts(documents, one),
        *subjects.undefined_subjects(documents, one),
        *subjects.definitions_without_scenario(documents, one),
        *subjects.defects_on_other_releases(documents, one),
        *subjects.scenarios_without_subject(documents, one),
    ]

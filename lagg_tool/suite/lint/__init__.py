"""What must hold of the features as a whole, as functions from documents to findings.

They run as tests, and ``lagg-tool accept`` runs them before the scenarios.
"""

from __future__ import annotations

from pathlib import Path

from lagg_tool.claims import Requirements, load_claims, load_defects, load_requirements, sets
from lagg_tool.evidence.renames import load_renames
from lagg_tool.suite.collector import result_path
from lagg_tool.suite.features import Feature, read_feature
from lagg_tool.suite.lint import scenarios, steps, subjects
from lagg_tool.suite.lint.finding import Finding

__all__ = ["Finding", "lint", "read_documents"]


def read_documents(directory: Path) -> list[Feature]:
    """Read every feature file below a directory. Raises DocumentError."""
    paths = sorted(directory.rglob("*.feature"))
    return [read_feature(path, result_path(path)) for path in paths]


def lint(directory: Path) -> list[Finding]:
    """Return all findings on a directory of features with its definitions.

    article.toml has to be there; without lacp.toml or defects.toml, nothing is defined.
    """
    documents = read_documents(directory)
    [home, *_] = sets.directories(directory)
    claims = load_claims(home / "article.toml")
    lacp, broken = home / "lacp.toml", home / "defects.toml"
    requirements = load_requirements(lacp) if lacp.exists() else Requirements({}, {})
    defects = load_defects(broken) if broken.exists() else {}
    renames = load_renames(directory / "renames.toml")
    known = steps.definitions()
    return [
        *scenarios.duplicate_names(documents),
        *scenarios.names_that_need_context(documents),
        *scenarios.stale_renames(documents, renames),
        *scenarios.stale_moves(documents, renames),
        *scenarios.incomplete_scenarios(documents),
        *subjects.strange_tags(documents),
        *subjects.unknown_claims(documents, claims),
        *subjects.claims_without_scenario(documents, claims),
        *subjects.unexpected_verdicts(documents, claims),
        *subjects.undefined_subjects(documents, requirements, defects),
        *subjects.definitions_without_scenario(documents, requirements, defects),
        *subjects.defects_on_other_releases(documents, defects),
        *subjects.scenarios_without_subject(documents),
        *scenarios.defects_without_but(documents),
        *scenarios.undescribed_defects(documents),
        *steps.late_preparations(documents),
        *steps.steps_of_any_keyword(known),
        *steps.undefined_steps(documents, known),
        *steps.unused_definitions(documents, known),
    ]

"""The page of the faults, simulated and planted in real kernels, that the suite was tried with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lagg_tool.errors import DocumentError, why_no_json
from lagg_tool.evidence.renames import Renames
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.page import Page
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import scenario_href
from lagg_tool.site.survey import Survey


@dataclass(frozen=True)
class PlantedBug:
    """A bug that was built into a real kernel, and the scenarios that failed because of it."""

    what: str
    where: str
    note: str
    caught_by: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class PlantedBugs:
    """Kernels with a planted bug each, and the host that they ran on."""

    host: str = ""
    bugs: tuple[PlantedBug, ...] = ()

    @property
    def caught(self) -> int:
        """How many made a scenario fail."""
        return sum(bool(bug.caught_by) for bug in self.bugs)


def faults_page(
    survey: Survey,
    table: Mapping[str, Any],
    identifiers: Identifiers,
    planted: PlantedBugs,
) -> Page:
    """Make the page of ``table``, as ``read_faults`` returns it, and of the planted bugs."""
    url = "faults.html"
    rows = []
    for fault in table["faults"]:
        scenario = survey.find(fault["caught"]) if fault["caught"] else None
        rows.append((fault, scenario_href(url, scenario) if scenario else ""))
    caught = sum(bool(fault["caught"]) for fault in table["faults"])
    known = {s: survey.find(s) for bug in planted.bugs for s, _ in bug.caught_by}
    links = {s: scenario_href(url, scenario) for s, scenario in known.items() if scenario}
    values = {
        "faults": rows,
        "caught": caught,
        "table": table,
        "planted": planted,
        "scenario_links": links,
    }
    values["linked"] = lambda text: identifiers.linked(url, text)
    html = render("faults.html", url, values)
    keywords = "faults, fault injection, mutation testing, planted bugs, quality of the tests"
    return Page("faults", "Faults that the suite catches", html, "release", keywords=keywords)


def read_faults(path: Path | None) -> Mapping[str, Any]:
    """Return the output of `lagg-tool faults --json`; an absent file has no faults.

    Every fault has the keys name, text, claim and caught. Raises DocumentError.
    """
    if path is None or not path.exists():
        return {"faults": ()}
    text = path.read_text(encoding="utf-8-sig")
    if not text.strip():  # a redirection that failed leaves an empty file behind
        return {"faults": ()}
    try:
        table = json.loads(text)
        found = [{"text": "", "claim": "", "caught": None, **fault} for fault in table["faults"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DocumentError(
            str(path),
            None,
            f"is not a list of faults: {why_no_json(error)}; lagg-tool faults --json writes one",
        ) from error
    return {**table, "faults": found}


def read_planted_bugs(path: Path | None, renames: Renames) -> PlantedBugs:
    """Return the table of kernels with a planted bug; scenarios have their present names.

    An absent or empty file has none. Raises DocumentError.
    """
    text = path.read_text(encoding="utf-8-sig") if path is not None and path.exists() else ""
    if not text.strip():
        return PlantedBugs()
    try:
        table = json.loads(text)
        bugs = tuple(
            PlantedBug(
                bug["what"],
                bug["where"],
                bug.get("note", ""),
                tuple(
                    (renames.present(one["scenario"]), tuple(one["claims"]))
                    for one in bug["caught_by"]
                ),
            )
            for bug in table["results"]
        )
        return PlantedBugs(table["host"], bugs)
    except (ValueError, KeyError, TypeError) as error:
        raise DocumentError(
            str(path), None, f"is not a list of planted bugs: {why_no_json(error)}; correct it"
        ) from error

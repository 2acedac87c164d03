"""The page of the faults that the suite was tried with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lagg_tool.errors import DocumentError
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.page import Page
from lagg_tool.site.render import render
from lagg_tool.site.scenario_pages import scenario_href
from lagg_tool.site.survey import Survey


def faults_page(survey: Survey, table: Mapping[str, Any], identifiers: Identifiers) -> Page:
    """Make the page of ``table``, as ``read_faults`` returns it."""
    url = "faults.html"
    rows = []
    for fault in table["faults"]:
        scenario = survey.find(fault["caught"]) if fault["caught"] else None
        rows.append((fault, scenario_href(url, scenario) if scenario else ""))
    caught = sum(bool(fault["caught"]) for fault in table["faults"])
    values = {"faults": rows, "caught": caught, "table": table}
    values["linked"] = lambda text: identifiers.linked(url, text)
    html = render("faults.html", url, values)
    return Page("faults", "Faults that the suite catches", html, "release")


def read_faults(path: Path | None) -> Mapping[str, Any]:
    """Return the output of `lagg-tool faults --json`; an absent file has no faults.

    Every fault has the keys name, text, claim and caught. Raises DocumentError.
    """
    if path is None or not path.exists():
        return {"faults": ()}
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        found = [{"text": "", "claim": "", "caught": None, **fault} for fault in table["faults"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DocumentError(str(path), None, f"is not a list of faults: {error!r}") from error
    return {**table, "faults": found}

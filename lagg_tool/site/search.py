"""The search index: claims, requirements, defects, scenarios, commands and pages.

It is a script that sets a variable, not JSON: a page opened from a file may load a script
but may not fetch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from lagg_tool.evidence import CommandEvent
from lagg_tool.site.combined_verdict import CombinedVerdict
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.scenario_pages import scenario_href
from lagg_tool.site.survey import Survey

PATH = "search-index.js"


def search_index(
    survey: Survey,
    verdicts: Sequence[CombinedVerdict],
    identifiers: Identifiers,
    pages: Sequence[Page],
    written: Iterable[tuple[str, str, str]],
) -> Attachment:
    """Return the index; ``written`` holds (URL, title, text) of the hand-written pages.

    An entry is [kind, title, URL, words that are searched but not shown].
    """
    url = "index.html"
    entries: list[list[str]] = []
    for verdict in verdicts:
        claim = verdict.claim
        title = f"{claim.id} {claim.paraphrase}"
        words = f"{verdict.label} {claim.why} {claim.instruction}"
        entries.append(["claim", title, identifiers.href(url, claim.id), words])
    entries += [
        [named.kind, f"{identifier} {named.title}", identifiers.href(url, identifier), named.text]
        for identifier, named in identifiers.named.items()
        if named.kind != "claim"  # they are there, with their verdicts
    ]
    commands: dict[str, str] = {}
    for scenario in survey.scenarios:
        link = scenario_href(url, scenario)
        steps = " ".join(step.text for step in (*scenario.background, *scenario.steps))
        words = f"{' '.join(scenario.tags)} {scenario.rule} {steps}"
        entries.append(["scenario", scenario.name, link, words])
        for target in survey.targets:
            for result in survey.status(scenario, target).results:
                for step in result.steps:
                    for event in step.evidence:
                        if isinstance(event, CommandEvent):
                            commands.setdefault(event.command.split("\n", 1)[0][:120], link)
    entries += [["command", command, link, ""] for command, link in commands.items()]
    entries += [["page", page.title, page.url, page.description] for page in pages if page.section]
    entries += [["page", title, page, text] for page, title, text in written]
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    return Attachment(PATH, f"window.LAGG_SEARCH={text};\n".encode())

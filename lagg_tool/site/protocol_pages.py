"""One page for each protocol: claims and findings, state machines, frames as diagrams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from lagg_tool.claims.reader import TableReader, read_text
from lagg_tool.site import chart, evidence_block
from lagg_tool.site.combined_verdict import CombinedVerdict
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import capture_path, scenario_anchor, scenario_href, seen_link
from lagg_tool.site.state_diagram import figures
from lagg_tool.site.survey import ScenarioStatus, Survey
from lagg_tool.site.target_runs import TargetRuns
from lagg_tool.suite.features import Scenario
from lagg_tool.toml_text import parse_toml

FILE = "site/protocols.toml"  # in the directory of a set
_CHARTS = 4  # of one protocol; the others are at their scenarios


@dataclass(frozen=True)
class ProtocolPage:
    """A protocol: its keyword, and the claims about it.

    ``examples`` are scenarios to begin with, each with what it is an example of; without any,
    those that show no defect. ``machines`` names the tables of its state machines; ``keywords``
    are what people search it by.
    """

    word: str
    title: str
    summary: str
    claims: tuple[str, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    machines: str = ""
    keywords: str = ""

    @property
    def url(self) -> str:
        """The URL of its page."""
        return f"protocols/{self.word}.html"


@dataclass(frozen=True)
class Protocols:
    """The protocols of a set's article, and what their index begins with."""

    intro: str = ""
    pages: tuple[ProtocolPage, ...] = ()


def read_protocols(directory: Path) -> Protocols:
    """Read the protocols of a set; without the file there are none. Raises DocumentError."""
    path = directory / FILE
    if not path.exists():
        return Protocols()
    text = read_text(path)
    document = parse_toml(str(path), text)
    reader = TableReader(str(path), text)
    reader.only(document, {"intro", "page"}, 1)
    pages = (_protocol(reader, table, line) for table, line in reader.tables(document, "page"))
    return Protocols(reader.string(document, "intro", 1), tuple(pages))


def _protocol(reader: TableReader, table: Mapping[str, Any], line: int) -> ProtocolPage:
    texts = ("word", "title", "summary")
    reader.only(table, {*texts, "claims", "examples", "machines", "keywords"}, line)
    examples = table.get("examples", [])
    try:
        shown = tuple((str(one["what"]), str(one["scenario"])) for one in examples)
    except (KeyError, TypeError) as error:
        at = reader.line_of(r"examples\b", line)
        raise reader.fail(at, "an example is { what = TEXT, scenario = IDENTIFIER }") from error
    word, title, summary = (reader.string(table, key, line) for key in texts)
    return ProtocolPage(
        word,
        title,
        summary,
        reader.identifiers(table, "claims", line),
        shown,
        reader.string(table, "machines", line, empty=True),
        reader.string(table, "keywords", line, empty=True),
    )


@dataclass(frozen=True)
class Charted:
    """The frames of one scenario as diagrams."""

    anchor: str
    name: str
    word: str
    href: str
    target: TargetRuns
    status: ScenarioStatus
    capture: str
    timeline: Markup | None
    sequence: Markup | None


def protocol_pages(
    survey: Survey,
    verdicts: Sequence[CombinedVerdict],
    protocols: Protocols,
    attachments: Sequence[Attachment],
) -> Iterator[Page]:
    """Make the page of every protocol, and their index."""
    if not protocols.pages:
        return
    by_id = {verdict.claim.id: verdict for verdict in verdicts}
    captures = {attachment.path for attachment in attachments}
    values = {"protocols": protocols.pages, "intro": protocols.intro}
    index = render("protocols.html", "protocols/index.html", values)
    keywords = "list of protocols, modes, compare protocols"
    yield Page("protocols/index", "All protocols", index, "protocols", keywords=keywords)
    for protocol in protocols.pages:
        scenarios = [s for s in survey.scenarios if _concerns(s, protocol)]
        shown = {
            "protocol": protocol,
            "link": seen_link(survey, protocol.url),
            "verdicts": [by_id[claim] for claim in protocol.claims if claim in by_id],
            "machines": figures(protocol.machines) if protocol.machines else (),
            "charts": list(_charts(survey, protocol, scenarios, captures)),
            "scenarios": [
                (
                    scenario_href(protocol.url, scenario),
                    scenario.name,
                    survey.on_targets(scenario),
                )
                for scenario in scenarios
            ],
        }
        html = render("protocol.html", protocol.url, shown)
        path, title = protocol.url.removesuffix(".html"), f"{protocol.title} (protocol)"
        about, words = protocol.summary, protocol.keywords
        yield Page(path, title, html, "protocols", about, protocol.title, words)


def _concerns(scenario: Scenario, protocol: ProtocolPage) -> bool:
    """Return whether a tag, a claim or the file name of a scenario names the protocol."""
    claims = {link.id for link in scenario.claims}
    path = f"/{scenario.place}".replace("-", "").replace("_", "").lower()
    return (
        protocol.word in scenario.tags
        or f"/{protocol.word}" in path
        or not claims.isdisjoint(protocol.claims)
    )


def _charts(
    survey: Survey, protocol: ProtocolPage, scenarios: Sequence[Scenario], captures: set[str]
) -> Iterator[Charted]:
    drawn = 0
    words = {identifier: word for word, identifier in protocol.examples}
    chosen = [s for identifier in words for s in scenarios if s.id == identifier]
    # What works comes before the defects.
    rest = sorted(scenarios, key=lambda s: any(tag.startswith("defect.") for tag in s.tags))
    for scenario in chosen or rest:
        targets = sorted(survey.targets, key=lambda target: not target.observed)
        for target in targets:
            status = survey.status(scenario, target)
            result = next((r for r in status.results if evidence_block.frames_of(r)), None)
            if result is None:
                continue
            frames, links = evidence_block.frames_of(result), evidence_block.links_of(result)
            number = status.results.index(result) + 1
            capture = capture_path(scenario, target, number)
            yield Charted(
                scenario_anchor(scenario),
                scenario.name,
                words.get(scenario.id, ""),
                scenario_href(protocol.url, scenario),
                target,
                status,
                capture if capture in captures else "",
                chart.timeline(
                    frames, links, f"Timeline: {scenario.name}", evidence_block.span_of(result)
                ),
                chart.sequence(
                    frames, links, f"Sequence: {scenario.name}", evidence_block.span_of(result)
                ),
            )
            drawn += 1
            break
        if drawn == max(_CHARTS, len(chosen)):
            return

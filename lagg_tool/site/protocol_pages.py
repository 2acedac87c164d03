"""A page per protocol: what is said of it, its machines, and its frames as pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lagg_tool.site import chart, exhibit
from lagg_tool.site.gherkin import Scenario
from lagg_tool.site.opinion import Opinion
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.render import render
from lagg_tool.site.scenario_pages import capture_path, scenario_anchor, scenario_href
from lagg_tool.site.survey import Column, Standing, Survey

_CHARTS = 4  # of one protocol; further ones stand at their scenarios


@dataclass(frozen=True)
class ProtocolPage:
    """A protocol of lagg(4): its word in ifconfig, and the claims about it."""

    word: str
    title: str
    summary: str
    claims: tuple[str, ...]

    @property
    def url(self) -> str:
        """The URL of its page."""
        return f"protocols/{self.word}.html"


PROTOCOLS = (
    ProtocolPage(
        "failover",
        "Failover",
        "One port at a time carries the traffic: the primary while its link is up, else another.",
        ("C-18", "C-19", "C-20", "C-20b", "S-09", "P-02", "P-03"),
    ),
    ProtocolPage(
        "lacp",
        "LACP",
        "The NAS and its partner agree by LACPDUs, exchanged on every port, which ports to use.",
        ("C-13", "C-14", "C-15", "C-16", "C-17", "S-08", "P-04"),
    ),
    ProtocolPage(
        "loadbalance",
        "Load balance",
        "A hash of each flow's addresses chooses its port; nothing is negotiated.",
        ("C-21", "C-22", "C-23", "C-24", "C-25", "P-05", "P-06", "P-07", "P-08"),
    ),
    ProtocolPage(
        "roundrobin",
        "Round robin",
        "Each frame leaves by the next port in turn.",
        ("C-26", "C-27"),
    ),
    ProtocolPage(
        "broadcast",
        "Broadcast",
        "Every frame leaves by every port. The article and TrueNAS do not offer it.",
        ("C-12",),
    ),
    ProtocolPage(
        "none",
        "None",
        "No traffic passes, and the interface stays up.",
        ("C-28", "C-29"),
    ),
)


@dataclass(frozen=True)
class Charted:
    """One scenario's frames as pictures."""

    anchor: str
    name: str
    href: str
    column: Column
    standing: Standing
    capture: str
    timeline: Markup | None
    sequence: Markup | None


def protocol_pages(
    survey: Survey,
    opinions: Sequence[Opinion],
    machines: Sequence[Markup],
    attachments: Sequence[Attachment],
) -> Iterator[Page]:
    """Make the page of every protocol and their index; ``machines`` are drawn on LACP's."""
    by_id = {opinion.claim.id: opinion for opinion in opinions}
    captures = {attachment.path for attachment in attachments}
    index = render("protocols.html", "protocols/index.html", {"protocols": PROTOCOLS})
    yield Page("protocols/index", "Protocols", index, "protocols")
    for protocol in PROTOCOLS:
        scenarios = [s for s in survey.scenarios if _concerns(s, protocol)]
        values = {
            "protocol": protocol,
            "opinions": [by_id[claim] for claim in protocol.claims if claim in by_id],
            "machines": machines if protocol.word == "lacp" else (),
            "charts": list(_charts(survey, protocol, scenarios, captures)),
            "scenarios": [
                (
                    scenario_href(protocol.url, scenario),
                    scenario.name,
                    [(column, survey.standing(scenario, column)) for column in survey.columns],
                )
                for scenario in scenarios
            ],
        }
        html = render("protocol.html", protocol.url, values)
        yield Page(protocol.url.removesuffix(".html"), protocol.title, html, "protocols")


def _concerns(scenario: Scenario, protocol: ProtocolPage) -> bool:
    """Whether a scenario is about a protocol: by its tag, its claims, or its file's name."""
    claims = {claim for _, claim in scenario.claims}
    path = scenario.path.replace("-", "").replace("_", "").lower()
    return (
        protocol.word in scenario.tags
        or f"/{protocol.word}" in path
        or not claims.isdisjoint(protocol.claims)
    )


def _charts(
    survey: Survey, protocol: ProtocolPage, scenarios: Sequence[Scenario], captures: set[str]
) -> Iterator[Charted]:
    drawn = 0
    for scenario in scenarios:
        columns = sorted(survey.columns, key=lambda column: not column.observed)
        for column in columns:
            standing = survey.standing(scenario, column)
            result = next((r for r in standing.results if exhibit.frames_of(r)), None)
            if result is None:
                continue
            frames, links = exhibit.frames_of(result), exhibit.links_of(result)
            number = standing.results.index(result) + 1
            capture = capture_path(scenario, column, number)
            yield Charted(
                scenario_anchor(scenario),
                scenario.name,
                scenario_href(protocol.url, scenario),
                column,
                standing,
                capture if capture in captures else "",
                chart.timeline(
                    frames, links, f"Timeline: {scenario.name}", exhibit.span_of(result)
                ),
                chart.sequence(
                    frames, links, f"Sequence: {scenario.name}", exhibit.span_of(result)
                ),
            )
            drawn += 1
            break
        if drawn == _CHARTS:
            return

"""One page for each protocol: claims and findings, state machines, frames as diagrams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lagg_tool.site import chart, evidence_block
from lagg_tool.site.combined_verdict import CombinedVerdict
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.render import render
from lagg_tool.site.scenario_pages import (
    capture_path,
    scenario_anchor,
    scenario_href,
    seen_link,
)
from lagg_tool.site.survey import ScenarioStatus, Survey, TargetRuns
from lagg_tool.suite.features import Scenario

_LACP, _TIMING = "features/core/lacp.feature", "features/core/lacp/timing.feature"
_SILENT = f"{_TIMING}::With lacp_fast_timeout, a silent partner is given up after three seconds"
_CHARTS = 4  # of one protocol; the others are at their scenarios


@dataclass(frozen=True)
class ProtocolPage:
    """A protocol of lagg(4): its keyword in ifconfig, and the claims about it."""

    word: str
    title: str
    summary: str
    claims: tuple[str, ...]
    # Scenarios to begin with, each with what it is an example of; else those without a defect.
    examples: tuple[tuple[str, str], ...] = ()

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
        "The NAS and its partner exchange LACPDUs on every port to agree which ports to use.",
        ("C-13", "C-14", "C-15", "C-16", "C-17", "S-08", "P-04"),
        (
            (
                "The negotiation",
                f"{_LACP}::Two ports to one switch form a group within ten seconds",
            ),
            (
                "A link is lost",
                f"{_LACP}::An LACP group goes on with the other port when a link is lost",
            ),
            (
                "A partner falls silent",
                _SILENT,
            ),
            (
                "A switch restarts",
                f"{_TIMING}::A switch that has restarted is joined again",
            ),
            (
                "Two switches",
                f"{_LACP}::Ports to two different switches do not work together",
            ),
        ),
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
    machines: Sequence[Markup],
    attachments: Sequence[Attachment],
) -> Iterator[Page]:
    """Make the page of every protocol, and their index; ``machines`` go on that of LACP."""
    by_id = {verdict.claim.id: verdict for verdict in verdicts}
    captures = {attachment.path for attachment in attachments}
    index = render("protocols.html", "protocols/index.html", {"protocols": PROTOCOLS})
    yield Page("protocols/index", "Protocols", index, "protocols")
    for protocol in PROTOCOLS:
        scenarios = [s for s in survey.scenarios if _concerns(s, protocol)]
        values = {
            "protocol": protocol,
            "link": seen_link(survey, protocol.url),
            "verdicts": [by_id[claim] for claim in protocol.claims if claim in by_id],
            "machines": machines if protocol.word == "lacp" else (),
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
        html = render("protocol.html", protocol.url, values)
        yield Page(protocol.url.removesuffix(".html"), protocol.title, html, "protocols")


def _concerns(scenario: Scenario, protocol: ProtocolPage) -> bool:
    """Return whether a tag, a claim or the file name of a scenario names the protocol."""
    claims = {link.id for link in scenario.claims}
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

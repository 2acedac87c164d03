"""The pages of feature files: scenarios, the evidence of their steps, sources, captures."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lagg_tool.evidence import FrameEvent, ScenarioResult, Status
from lagg_tool.evidence.reasons import what_failed
from lagg_tool.site import chart, evidence_block
from lagg_tool.site.address import Address
from lagg_tool.site.combined_verdict import CombinedVerdict
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.page import Attachment, Page, relative
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import (
    capture_path,
    evidence_url,
    feature_url,
    in_order_of_weight,
    scenario_anchor,
    source_url,
)
from lagg_tool.site.scenario_list import index_page
from lagg_tool.site.sparkline import sparkline
from lagg_tool.site.survey import ScenarioStatus, Survey
from lagg_tool.site.target_runs import TargetRuns
from lagg_tool.suite.features import Feature, Scenario, claim_links
from lagg_tool.wire import pcapng
from lagg_tool.wire.packet import Direction, Packet

PAGE_BUDGET = 140_000  # bytes of generated HTML; what has no room is on pages of its own
INLINE_BUDGET = 24_000  # what one scenario may take of a feature's page

_RERUN_RESULTS = "build/one-scenario.json"


@dataclass(frozen=True)
class Rendered:
    """Pages, with the captures that they link to."""

    pages: tuple[Page, ...]
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True)
class RenderedResult:
    """The steps of one result as HTML; with a title where there are several results."""

    title: str
    status: Status
    open: bool
    html: Markup


def scenario_pages(
    survey: Survey,
    verdicts: Mapping[str, CombinedVerdict],
    identifiers: Identifiers,
    address: Address | None = None,
) -> Rendered:
    """Make the pages of every feature, and their index; ``address`` says where to edit one."""
    address = address or Address()
    made = [FeaturePages(survey, identifiers, f, address).make() for f in survey.features]
    return Rendered(
        (*(page for one in made for page in one.pages), index_page(survey, verdicts)),
        tuple(attachment for one in made for attachment in one.attachments),
    )


class FeaturePages:
    """Makes the pages of one feature: its own, its source, and those of its evidence."""

    def __init__(
        self, survey: Survey, identifiers: Identifiers, feature: Feature, address: Address
    ) -> None:
        self._address = address
        self._survey = survey
        self._identifiers = identifiers
        self._feature = feature
        self._pages: list[Page] = []
        self._attachments: list[Attachment] = []

    def make(self) -> Rendered:
        """Make the pages and the captures."""
        feature = self._feature
        url = feature_url(feature)
        room = PAGE_BUDGET
        cards: dict[str, Markup] = {}
        for scenario in feature.scenarios:
            card = self._card(scenario, url, inline=room > 3 * INLINE_BUDGET)
            room -= len(card.encode())
            cards[scenario.id] = card
        values = {
            "feature": feature,
            "cards": cards,
            "targets": self._survey.targets,
            "totals": [
                (target, self._survey.counts(target, feature.scenarios))
                for target in self._survey.targets
            ],
            "source": source_url(feature),
        }
        html = render("feature.html", url, values)
        path, title = url.removesuffix(".html"), f"{feature.name} (scenarios)"
        self._pages.append(Page(path, title, html, "scenarios", feature.description, feature.name))
        self._pages.append(self._source(feature))
        return Rendered(tuple(self._pages), tuple(self._attachments))

    def _card(self, scenario: Scenario, url: str, *, inline: bool) -> Markup:
        statuses = self._survey.on_targets(scenario)
        ran = in_order_of_weight(self._survey, scenario)
        blocks: list[RenderedResult] = []
        elsewhere: list[tuple[str, str]] = []
        for place, (target, status) in enumerate(ran):
            path = evidence_url(scenario, target)
            if place == 0:
                # The page itself holds the evidence of one target, if there is room for it.
                shown = self._blocks(scenario, target, status, url, evidence_block.LIMITS[0])
                fits = sum(len(block.html) for block in shown) < INLINE_BUDGET
                if inline and fits:
                    blocks = shown
                    continue
                blocks = self._blocks(scenario, target, status, url, None)
            # A second target is there to be compared: fewer frames will do.
            limits = evidence_block.LIMITS if place == 0 else evidence_block.LIMITS[2:]
            self._evidence_page(scenario, target, status, path, limits)
            elsewhere.append((path, target.label))
        values = {
            "scenario": scenario,
            "anchor": scenario_anchor(scenario),
            "statuses": statuses,
            "shown": ran[0] if ran else None,
            "failure": _failure(ran[0][1]) if ran else None,
            "plain_tags": [tag for tag in scenario.tags if not claim_links([tag])],
            "stale": any(status.stale for _, status in statuses),
            "blocks": blocks,
            "elsewhere": elsewhere,
            "sparklines": [
                (target, sparkline(self._survey.history(scenario, target)))
                for target in self._survey.targets
                if len(target.runs) > 1
            ],
            "command": rerun_command(scenario, ran[0][0] if ran else None),
            "source": source_url(scenario),
            "edit": self._address.edit(scenario.path, scenario.line),
            "linked": lambda name: self._identifiers.linked(url, name),
        }
        return render("scenario.html", url, values)

    def _blocks(
        self,
        scenario: Scenario,
        target: TargetRuns,
        status: ScenarioStatus,
        url: str,
        limits: evidence_block.Limits | None,
    ) -> list[RenderedResult]:
        """Render each result; if ``limits`` is None, only statuses and links to the evidence."""
        blocks = []
        several = len(status.results) > 1 or bool(scenario.examples)
        for number, result in enumerate(status.results, start=1):
            title = row_title(scenario, result, number) if several else ""
            if status.stale and not title:
                title = "The steps that ran"
            prefix = scenario_anchor(scenario) + (f"-{number}" if several else "")
            frames = evidence_block.frames_of(result)
            values = {
                "result": result,
                "target": target,
                "limits": limits,
                "shown": limits is not None,
                "prefix": prefix,
                "there": relative(url, evidence_url(scenario, target)),
                "timeline": chart.timeline(
                    frames,
                    evidence_block.links_of(result),
                    result.name,
                    evidence_block.span_of(result),
                )
                if limits
                else None,
                "capture": self._capture(scenario, target, number, result) if limits else None,
                "frame_count": len(frames),
            }
            html = render("result.html", url, values)
            failed = result.status is Status.FAILED
            blocks.append(RenderedResult(title, result.status, failed or not several, html))
        return blocks

    def _capture(
        self, scenario: Scenario, target: TargetRuns, number: int, result: ScenarioResult
    ) -> str | None:
        frames = evidence_block.frames_of(result)
        if not frames:
            return None
        path = capture_path(scenario, target, number)
        if all(attachment.path != path for attachment in self._attachments[-8:]):
            self._attachments.append(Attachment(path, _capture(result, target, frames)))
        return path

    def _evidence_page(
        self,
        scenario: Scenario,
        target: TargetRuns,
        status: ScenarioStatus,
        url: str,
        tried: Sequence[evidence_block.Limits],
    ) -> None:
        html = Markup()
        for limits in tried:
            values = {
                "scenario": scenario,
                "anchor": scenario_anchor(scenario),
                "target": target,
                "status": status,
                "failure": _failure(status),
                "started": target.current.started.get(status.results[0].id, target.latest.started),
                "command": rerun_command(scenario, target),
                "feature_url": feature_url(scenario),
                "blocks": self._blocks(scenario, target, status, url, limits),
            }
            html = render("evidence.html", url, values)
            if len(html.encode()) < PAGE_BUDGET:
                break
        title = f"Evidence: {scenario.name} ({target.label})"
        self._pages.append(Page(url.removesuffix(".html"), title, html, "", title))

    def _source(self, feature: Feature) -> Page:
        url = source_url(feature)
        values = {
            "feature": feature,
            "lines": feature.text.splitlines(),
            "feature_url": feature_url(feature),
        }
        html = render("source.html", url, values)
        return Page(url.removesuffix(".html"), f"Source of {feature.path}", html, "")


def _capture(result: ScenarioResult, target: TargetRuns, frames: Sequence[FrameEvent]) -> bytes:
    """Return the frames of a result as a capture with the page's own times."""
    begin = evidence_block.begin_of(result)
    packets = [
        Packet(
            frame.at - begin,
            bytes.fromhex(frame.hex),
            len(frame.hex) // 2,
            frame.port,
            Direction.OUT if frame.direction == "from_nas" else Direction.IN,
        )
        for frame in frames
    ]
    started = target.current.started.get(result.id, target.latest.started)
    comment = f"{result.id} on {target.label}, run of {started}; time 0 is the first event"
    return pcapng.write(packets, comment, target.latest.tool)


def _failure(status: ScenarioStatus) -> tuple[str, str] | None:
    """Return (expected, observed) of the first result that failed."""
    return next((words for words in map(what_failed, status.results) if words), None)


def rerun_command(scenario: Scenario, target: TargetRuns | None) -> str:
    """Return the command line that repeats this scenario only, with all its rows.

    It writes a file of its own: the results of the whole run stay.
    """
    url = target.result.url if target else "sim:"
    words = ["--target", url, "--results", _RERUN_RESULTS]
    return shlex.join(["lagg-tool", "accept", *words, *scenario.run_ids])


def row_title(scenario: Scenario, result: ScenarioResult, number: int) -> str:
    """Return the number and the values of an outline's row."""
    rows = [row for table in scenario.examples for line, row in table.rows if line == result.line]
    if not rows:
        every = [row for table in scenario.examples for _, row in table.rows]
        rows = every[number - 1 : number]
    return f"Row {number}: {', '.join(rows[0])}" if rows else result.name

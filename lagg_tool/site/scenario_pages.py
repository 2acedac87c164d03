"""Pages of the feature files: scenarios, the evidence of their steps, sources, captures."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from lagg_tool.evidence import ScenarioResult, Status
from lagg_tool.site import chart, exhibit
from lagg_tool.site.gherkin import CLAIM_TAG, Feature, Scenario, slug
from lagg_tool.site.opinion import Opinion
from lagg_tool.site.page import Attachment, Page, relative
from lagg_tool.site.page_cache import Kept, Made
from lagg_tool.site.render import render
from lagg_tool.site.sparkline import Sparkline, sparkline
from lagg_tool.site.survey import Column, Standing, Survey
from lagg_tool.wire import pcap

PAGE_BUDGET = 180_000  # characters of generated HTML; the theme around it needs a few thousand
INLINE_BUDGET = 24_000  # what one scenario may take of a feature's page


@dataclass(frozen=True)
class Block:
    """The steps of one result, rendered; with a title where there are several."""

    title: str
    status: Status
    open: bool
    html: Markup


def scenario_pages(survey: Survey, opinions: Mapping[str, Opinion], kept: Kept) -> Made:
    """Make the pages of every feature and their index; unchanged features' are kept."""
    claims = frozenset(opinions)
    pages: list[Page] = []
    attachments: list[Attachment] = []
    for feature in survey.features:
        inputs = (survey.runs_digest, *sorted(claims), feature.path, feature.digest)
        made = kept.get(inputs, FeaturePages(survey, claims, feature).make)
        pages += made.pages
        attachments += made.attachments
    return Made((*pages, index_page(survey, opinions)), tuple(attachments))


class FeaturePages:
    """Makes the pages of one feature."""

    def __init__(self, survey: Survey, claims: frozenset[str], feature: Feature) -> None:
        self._survey = survey
        self._claims = claims
        self._feature = feature
        self._pages: list[Page] = []
        self._attachments: list[Attachment] = []

    def make(self) -> Made:
        """Make the feature's page, its source, and its evidence with the captures."""
        feature = self._feature
        url = feature_url(feature.path)
        room = PAGE_BUDGET
        cards: dict[str, Markup] = {}
        for scenario in feature.scenarios():
            card = self._card(scenario, url, inline=room > 3 * INLINE_BUDGET)
            room -= len(card)
            cards[scenario.id] = card
        values = {
            "feature": feature,
            "cards": cards,
            "columns": self._survey.columns,
            "totals": [
                (column, self._survey.counts(column, feature.scenarios()))
                for column in self._survey.columns
            ],
            "source": source_url(feature.path),
        }
        html = render("feature.html", url, values)
        self._pages.append(
            Page(url.removesuffix(".html"), feature.name, html, "scenarios", feature.description)
        )
        self._pages.append(self._source(feature))
        return Made(tuple(self._pages), tuple(self._attachments))

    def _card(self, scenario: Scenario, url: str, *, inline: bool) -> Markup:
        columns = self._survey.columns
        standings = [(column, self._survey.standing(scenario, column)) for column in columns]
        ran = [(column, standing) for column, standing in standings if standing.results]
        # What a real host did comes first; one target's evidence stands in the page itself.
        ran.sort(key=lambda pair: not pair[0].observed)
        blocks: list[Block] = []
        elsewhere: list[tuple[str, str]] = []
        for place, (column, standing) in enumerate(ran):
            path = evidence_url(scenario, column)
            shown = self._blocks(scenario, column, standing, url, exhibit.LIMITS[0])
            fits = sum(len(block.html) for block in shown) < INLINE_BUDGET
            if place == 0 and inline and fits:
                blocks = shown
                continue
            if place == 0:
                blocks = self._blocks(scenario, column, standing, url, None)
            self._evidence_page(scenario, column, standing, path)
            elsewhere.append((path, column.label))
        history = [(column, self._sparkline(scenario, column)) for column in columns]
        values = {
            "scenario": scenario,
            "anchor": scenario_anchor(scenario),
            "standings": standings,
            "plain_tags": [tag for tag in scenario.tags if not CLAIM_TAG.fullmatch(tag)],
            "stale": any(standing.stale for _, standing in standings),
            "blocks": blocks,
            "elsewhere": elsewhere,
            "sparklines": [(column, line) for column, line in history if line],
            "command": rerun_command(scenario, ran[0][0] if ran else None),
            "source": source_url(scenario.path),
            "claim_href": lambda claim: claim_href(url, claim, self._claims),
        }
        return render("scenario.html", url, values)

    def _blocks(
        self,
        scenario: Scenario,
        column: Column,
        standing: Standing,
        url: str,
        limits: exhibit.Limits | None,
    ) -> list[Block]:
        """Render each result; with ``limits`` None, statuses only, and links to the evidence."""
        blocks = []
        several = len(standing.results) > 1 or bool(scenario.examples)
        for number, result in enumerate(standing.results, start=1):
            title = row_title(scenario, result, number) if several else ""
            if standing.stale and not title:
                title = "What ran"
            prefix = scenario_anchor(scenario) + (f"-{number}" if several else "")
            frames = exhibit.frames_of(result)
            values = {
                "result": result,
                "limits": limits,
                "shown": limits is not None,
                "prefix": prefix,
                "there": relative(url, evidence_url(scenario, column)),
                "timeline": chart.timeline(
                    frames, exhibit.links_of(result), result.name, exhibit.span_of(result)
                )
                if limits
                else None,
                "capture": self._capture(scenario, column, number, result) if limits else None,
                "frame_count": len(frames),
            }
            html = render("result.html", url, values)
            failed = result.status is Status.FAILED
            blocks.append(Block(title, result.status, failed or not several, html))
        return blocks

    def _capture(
        self, scenario: Scenario, column: Column, number: int, result: ScenarioResult
    ) -> str | None:
        frames = exhibit.frames_of(result)
        if not frames:
            return None
        path = capture_path(scenario, column, number)
        if all(attachment.path != path for attachment in self._attachments[-8:]):
            packets = ((max(frame.at, 0.0), bytes.fromhex(frame.hex)) for frame in frames)
            self._attachments.append(Attachment(path, pcap.write(packets)))
        return path

    def _evidence_page(
        self, scenario: Scenario, column: Column, standing: Standing, url: str
    ) -> None:
        html = Markup()
        for limits in exhibit.LIMITS:
            values = {
                "scenario": scenario,
                "anchor": scenario_anchor(scenario),
                "column": column,
                "standing": standing,
                "feature_url": feature_url(scenario.path),
                "blocks": self._blocks(scenario, column, standing, url, limits),
            }
            html = render("evidence.html", url, values)
            if len(html) < PAGE_BUDGET:
                break
        title = f"Evidence: {scenario.name}"
        self._pages.append(Page(url.removesuffix(".html"), title, html, ""))

    def _sparkline(self, scenario: Scenario, column: Column) -> Sparkline | None:
        if len(column.runs) < 2:
            return None
        return sparkline(self._survey.history(scenario, column))

    def _source(self, feature: Feature) -> Page:
        url = source_url(feature.path)
        values = {
            "feature": feature,
            "lines": feature.text.splitlines(),
            "feature_url": feature_url(feature.path),
        }
        html = render("source.html", url, values)
        return Page(url.removesuffix(".html"), f"Source of {feature.path}", html, "")


@dataclass(frozen=True)
class Row:
    """A scenario as a line of the list, with what the filters look at."""

    scenario: Scenario
    href: str
    tags: tuple[str, ...]
    standings: tuple[tuple[Column, Standing], ...]
    statuses: tuple[str, ...]
    verdicts: tuple[str, ...]


def index_page(survey: Survey, opinions: Mapping[str, Opinion]) -> Page:
    """Make the page of all scenarios, with what its filters look at."""
    url = "features/index.html"
    rows = {
        feature.path: [_row(scenario, url, survey, opinions) for scenario in feature.scenarios()]
        for feature in survey.features
    }
    every = [row for found in rows.values() for row in found]
    values = {
        "features": survey.features,
        "columns": survey.columns,
        "count": len(every),
        "rows": rows,
        "tags": sorted({tag for row in every for tag in row.tags}),
        "statuses": sorted({word for row in every for word in row.statuses}),
        "verdicts": sorted({word for row in every for word in row.verdicts}),
        "feature_url": lambda feature: feature_url(feature.path),
    }
    html = render("features.html", url, values)
    return Page("features/index", "All scenarios", html, "scenarios", "Every scenario.")


def _row(scenario: Scenario, url: str, survey: Survey, opinions: Mapping[str, Opinion]) -> Row:
    standings = [(c, survey.standing(scenario, c)) for c in survey.columns]
    found = [opinions.get(claim) for _, claim in scenario.claims]
    return Row(
        scenario,
        scenario_href(url, scenario),
        scenario.tags,
        tuple(standings),
        tuple(_statuses(standings)),
        tuple(dict.fromkeys(opinion.word for opinion in found if opinion)),
    )


def feature_url(path: str) -> str:
    """Return the URL of a feature file's page."""
    return f"features/{slug(path.removeprefix('features/').removesuffix('.feature'))}.html"


def source_url(path: str) -> str:
    """Return the URL of the page that shows a feature file line by line."""
    return feature_url(path).replace("features/", "features/source/", 1)


def evidence_url(scenario: Scenario, column: Column) -> str:
    """Return the URL of a page with one scenario's evidence on one target."""
    return f"evidence/{_place(scenario, column)}.html"


def scenario_anchor(scenario: Scenario) -> str:
    """Return the anchor of a scenario on its feature's page; the same as long as its name is."""
    return slug(scenario.name)


def scenario_href(url: str, scenario: Scenario) -> str:
    """Return the permanent link to a scenario from the page at ``url``."""
    return f"{relative(url, feature_url(scenario.path))}#{scenario_anchor(scenario)}"


def claim_href(url: str, claim: str, claims: frozenset[str]) -> str:
    """Return the link to a claim's verdict; an unknown claim leads to the list of them."""
    anchor = f"#{slug(claim)}" if claim in claims else ""
    return relative(url, "verdicts.html") + anchor


def rerun_command(scenario: Scenario, column: Column | None) -> str:
    """Return the command line that runs just this scenario, all its rows, again."""
    target = column.target.url if column else "sim:"
    return shlex.join(["lagg-tool", "accept", "--target", target, *scenario.run_ids])


def row_title(scenario: Scenario, result: ScenarioResult, number: int) -> str:
    """Return what tells a row of an outline from the others."""
    rows = [row for table in scenario.examples for line, row in table.rows if line == result.line]
    if not rows:
        every = [row for table in scenario.examples for _, row in table.rows]
        rows = every[number - 1 : number]
    return f"Row {number}: {', '.join(rows[0])}" if rows else result.name


def capture_path(scenario: Scenario, column: Column, number: int) -> str:
    """Return the URL of the capture of a scenario's ``number``-th result on a target."""
    return f"captures/{_place(scenario, column)}-{number}.pcap"


def _statuses(standings: list[tuple[Column, Standing]]) -> Iterator[str]:
    if not standings:
        yield "never run"
    for _, standing in standings:
        yield str(standing.mark)
        if standing.stale:
            yield "stale"


def _place(scenario: Scenario, column: Column) -> str:
    stem = slug(scenario.path.removeprefix("features/").removesuffix(".feature"))
    return f"{stem}/{scenario_anchor(scenario)[:80]}-{slug(column.target.id)}"

"""The jinja2 environment of the pages: filters, and links relative to a page."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import jinja2
from markupsafe import Markup

from lagg_tool.evidence.reasons import in_words
from lagg_tool.site import evidence_block
from lagg_tool.site.page import relative, slug
from lagg_tool.site.survey import Mark, ScenarioStatus
from lagg_tool.site.target_runs import TargetRuns

# A link of Markdown to another site, which asks for nothing until somebody follows it.
_LINK = re.compile(r"\[(?P<words>[^\[\]]+)\]\((?P<url>https://[^\s()]+)\)")


@functools.lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """Return the environment: it escapes every value and refuses unknown names."""
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("lagg_tool.site", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        auto_reload=False,
    )
    env.filters["with_links"] = with_links
    env.filters["slug"] = slug
    env.filters["in_words"] = in_words
    env.filters["duration"] = evidence_block.duration
    env.filters["events"] = evidence_block.summary
    env.filters["when"] = when
    env.filters["first_sentences"] = first_sentences
    env.filters["evidence_blocks"] = evidence_block.evidence_blocks
    env.filters["nas_time"] = evidence_block.nas_time
    env.filters["begin"] = evidence_block.begin_of
    env.filters["agreeing"] = agreeing
    env.filters["names"] = names
    env.filters["counted"] = counted
    env.filters["reasons"] = reasons
    return env


def render(template: str, url: str, values: Mapping[str, Any]) -> Markup:
    """Render a template for the page at ``url``; its ``href`` makes links relative to it."""

    def href(target: str, anchor: str = "") -> str:
        return relative(url, target) + (f"#{anchor}" if anchor else "")

    text = environment().get_template(template).render(href=href, **values)
    return Markup(text)  # noqa: S704 - the templates escape everything they insert


Group: TypeAlias = list[tuple[TargetRuns, ScenarioStatus]]


def agreeing(statuses: Sequence[tuple[TargetRuns, ScenarioStatus]]) -> list[Group]:
    """Group the targets that one badge is enough for; skipped ones matter if nothing else ran."""
    groups: dict[tuple[object, ...], Group] = {}
    for target, status in statuses:
        kind = (status.mark, status.stale, target.observed, bool(status.results))
        groups.setdefault(kind, []).append((target, status))
    ran = [group for group in groups.values() if group[0][1].mark not in _IDLE]
    return ran or list(groups.values())


_IDLE = (Mark.SKIPPED, Mark.NOT_RUN, Mark.NEVER_RUN)


def reasons(
    statuses: Sequence[tuple[TargetRuns, ScenarioStatus]],
) -> list[tuple[list[str], Mark, str]]:
    """Return the targets that have a result for one reason, what it is, and the reason.

    What failed is shown with what was expected, and is left out here.
    """
    found: dict[tuple[Mark, str], list[str]] = {}
    for target, status in statuses:
        if status.reason and status.mark is not Mark.FAILED:
            found.setdefault((status.mark, status.reason), []).append(target.label)
    return [(labels, *key) for key, labels in found.items()]


def names(group: Group) -> str:
    """Return the names of the targets of a group."""
    return ", ".join(target.short for target, _ in group)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, which takes an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def when(started: str) -> str:
    """Return an ISO 8601 time as a date and a time of day, to the minute."""
    day, _, rest = started.partition("T")
    zone = "UTC" if rest.endswith(("Z", "+00:00")) else ""
    return f"{day} {rest[:5]} {zone}".strip()


def first_sentences(text: str, limit: int = 220) -> str:
    """Return whole sentences from the beginning, at least one, up to ``limit`` characters."""
    sentences = re.split(r"(?<=[.;]) ", text.strip())
    shown = sentences[0]
    for sentence in sentences[1:]:
        if len(shown) + len(sentence) > limit:
            break
        shown += f" {sentence}"
    return shown


def with_links(text: str) -> Markup:
    """Return a text of a claim set as HTML; of Markdown, links are understood."""
    html, end = Markup(), 0
    for found in _LINK.finditer(text):
        link = Markup('<a href="{}">{}</a>').format(found["url"], found["words"])
        html += text[end : found.start()] + link
        end = found.end()
    return html + text[end:]

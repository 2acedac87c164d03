"""The jinja2 environment of the pages, and what templates may call."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
from markupsafe import Markup

from lagg_tool.site import exhibit
from lagg_tool.site.gherkin import slug
from lagg_tool.site.page import relative
from lagg_tool.site.survey import Column, Standing


@functools.lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """Return the environment; everything is escaped, an unknown name is an error."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("lagg_tool.site", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    made.filters["slug"] = slug
    made.filters["duration"] = exhibit.duration
    made.filters["events"] = exhibit.summary
    made.filters["when"] = when
    made.filters["first_sentences"] = first_sentences
    made.filters["exhibits"] = exhibit.exhibits
    made.filters["begin"] = exhibit.begin_of
    made.filters["alike"] = alike
    return made


def render(template: str, url: str, values: Mapping[str, Any]) -> Markup:
    """Render a template for the page at ``url``; ``href`` makes links relative to it."""

    def href(target: str, anchor: str = "") -> str:
        return relative(url, target) + (f"#{anchor}" if anchor else "")

    text = environment().get_template(template).render(href=href, **values)
    return Markup(text)  # noqa: S704 - the templates escape everything they insert


def alike(standings: Sequence[tuple[Column, Standing]]) -> bool:
    """Whether a scenario stands the same on every target, so that one badge tells all."""
    kinds = {(s.mark, s.stale, column.observed, bool(s.results)) for column, s in standings}
    return len(kinds) == 1


def when(started: str) -> str:
    """Return an ISO 8601 time as people read it, to the minute."""
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

"""The history of a scenario as a row of bars, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lagg_tool.site.survey import Mark

# Height and position differ as well as colour: up is good, down is bad.
_BARS = {
    Mark.PASSED: (2, 8, "s-passed"),
    Mark.FAILED: (10, 8, "s-failed"),
    Mark.UNDEFINED: (10, 4, "s-undefined"),
    Mark.BROKEN: (10, 4, "s-undefined"),
    Mark.SKIPPED: (8, 2, "s-skipped"),
    Mark.NOT_RUN: (9, 1, "s-not-run"),
    Mark.NEVER_RUN: (9, 1, "s-not-run"),
}


# What can happen a number of times; that it was not run cannot.
_RAN = frozenset(Mark) - {Mark.NOT_RUN, Mark.NEVER_RUN}


@dataclass(frozen=True)
class Sparkline:
    """A small SVG and the same in words."""

    svg: Markup
    text: str


def sparkline(history: Sequence[tuple[str, Mark]]) -> Sparkline:
    """Return the last 30 runs."""
    shown = history[-30:]
    marks = [mark for _, mark in shown]
    bars = "".join(
        f'<rect x="{5 * i}" y="{_BARS[mark][0]}" width="4" height="{_BARS[mark][1]}" '
        f'class="{_BARS[mark][2]}"/>'
        for i, mark in enumerate(marks)
    )
    width = 5 * len(marks)
    svg = f'<svg class="spark" aria-hidden="true" width="{width}" height="20">{bars}</svg>'
    return Sparkline(Markup(svg), _words(shown))  # noqa: S704 - numbers and our own words


def _words(history: Sequence[tuple[str, Mark]]) -> str:
    marks = [mark for _, mark in history]
    last = marks[-1]
    same = next((n for n, mark in enumerate(reversed(marks)) if mark is not last), len(marks))
    if same == len(marks):
        return (
            f"{last} in each of {len(marks)} runs"
            if last in _RAN
            else f"{last} in {len(marks)} runs"
        )
    since, _ = history[-same]
    if last not in _RAN:
        return f"{last} since {since[:10]}, {marks[-same - 1]} before; {len(marks)} runs"
    times = "once" if same == 1 else f"{same} times"
    return f"{last} {times} since {since[:10]}, {marks[-same - 1]} before; {len(marks)} runs"

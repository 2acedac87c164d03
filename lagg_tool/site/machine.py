"""State machines, drawn from their tables as SVG, and their transitions.

The states form a column. A transition to a later state is an arc on the right, to an
earlier one on the left; the numbers on an arc are those of the rows below the drawing.
"""

from __future__ import annotations

import enum
import pkgutil
from collections.abc import Sequence
from typing import Protocol

from markupsafe import Markup, escape

from lagg_tool.errors import UsageError
from lagg_tool.site.page import slug

_BOX_WIDTH, _BOX_HEIGHT, _ROW = 200, 30, 66
_MARGIN, _BULGE, _LOOP = 20, 44, 22


class Transition(Protocol):
    """A row of a machine's table, with what it rests on."""

    @property
    def source(self) -> enum.Enum: ...  # noqa: D102
    @property
    def event(self) -> enum.Enum: ...  # noqa: D102
    @property
    def target(self) -> enum.Enum: ...  # noqa: D102
    @property
    def action_name(self) -> str: ...  # noqa: D102
    @property
    def clause(self) -> str: ...  # noqa: D102
    @property
    def function(self) -> str: ...  # noqa: D102


class Machine(Protocol):
    """A table of states and transitions."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def states(self) -> Sequence[enum.Enum]: ...  # noqa: D102
    @property
    def transitions(self) -> Sequence[Transition]: ...  # noqa: D102


def figures(name: str) -> Sequence[Markup]:
    """Draw the machines that ``package.module:NAME`` has. Raises UsageError."""
    try:
        machines: Sequence[Machine] = pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"machines = {name!r}: {error}") from error
    return tuple(figure(machine) for machine in machines)


def figure(machine: Machine) -> Markup:
    """Draw a machine, and list its transitions with clause and kernel function."""
    edges: dict[tuple[int, int], list[int]] = {}
    place = {state: number for number, state in enumerate(machine.states)}
    for number, one in enumerate(machine.transitions, start=1):
        edges.setdefault((place[one.source], place[one.target]), []).append(number)
    furthest = max((abs(a - b) for a, b in edges), default=1)
    side = _MARGIN + _BULGE * furthest + 60
    width, height = 2 * side + _BOX_WIDTH, _MARGIN + _ROW * len(machine.states)
    parts = [_edge(a, b, numbers, side) for (a, b), numbers in sorted(edges.items())]
    parts += [_state(number, state, side) for state, number in place.items()]
    name = escape(machine.name)
    anchor = f"machine-{slug(machine.name)}"
    return Markup(  # noqa: S704 - numbers, and escaped above
        f'<section><h3 id="{anchor}">{name}</h3><figure class="chart">'
        f'<svg role="img" aria-label="State diagram: {name}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{"".join(parts)}</svg></figure>{_table(machine)}</section>'
    )


def _state(number: int, state: enum.Enum, side: int) -> str:
    y = _MARGIN + _ROW * number
    middle = side + _BOX_WIDTH // 2
    return (
        f'<rect class="state" x="{side}" y="{y}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" '
        f'rx="6"/><text x="{middle}" y="{y + 20}" text-anchor="middle">'
        f"{escape(_words(state))}</text>"
    )


def _edge(source: int, target: int, numbers: Sequence[int], side: int) -> str:
    label = ", ".join(map(str, numbers))
    begin, end = (_MARGIN + _ROW * n + _BOX_HEIGHT // 2 for n in (source, target))
    right = side + _BOX_WIDTH
    if source == target:
        path = f"M{right} {begin - 8}c{_LOOP} -8 {_LOOP} 24 0 16"
        return _arc(path, (right, begin + 8, -1), (right + _LOOP, begin + 4, "start"), label)
    forward = target > source
    x, out = (right, 1) if forward else (side, -1)
    begin, end = (begin + 5, end - 5) if forward else (begin - 5, end + 5)
    bend = x + out * (_BULGE * abs(target - source) + 10)
    path = f"M{x} {begin}C{bend} {begin} {bend} {end} {x} {end}"
    at = x + out * round(0.75 * abs(bend - x) + 5)
    middle = (begin + end) // 2 + 4
    return _arc(path, (x, end, -out), (at, middle, "start" if forward else "end"), label)


def _arc(path: str, head: tuple[int, int, int], text: tuple[int, int, str], label: str) -> str:
    """Draw a path with its arrow head at (x, y, direction) and its label at (x, y, anchor)."""
    x, y, into = head
    at, line, anchor = text
    return (
        f'<path class="edge" d="{path}"/><path class="head" d="M{x} {y}l{-7 * into} -4v8z"/>'
        f'<text class="at" x="{at}" y="{line}" text-anchor="{anchor}">{label}</text>'
    )


def _table(machine: Machine) -> str:
    rows = "".join(
        f"<tr><td>{number}</td><td>{escape(_words(one.source))}</td>"
        f"<td>{escape(_words(one.event))}</td><td>{escape(_words(one.target))}</td>"
        f"<td>{escape(one.action_name.replace('_', ' '))}</td>"
        f"<td>{escape(one.clause)}; <code>{escape(one.function)}</code></td></tr>"
        for number, one in enumerate(machine.transitions, start=1)
    )
    heads = "".join(
        f'<th scope="col">{word}</th>'
        for word in ("#", "State", "Event", "Next state", "Action", "Clause and kernel function")
    )
    count = len(machine.transitions)
    noun = "transition" if count == 1 else "transitions"
    return (
        f"<details><summary>{count} {noun}</summary><div class='scroll' tabindex='0' "
        f"role='region' aria-label='Transitions: {escape(machine.name)}'><table class='data'>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _words(member: enum.Enum) -> str:
    return member.name.replace("_", " ").lower()

"""State machines drawn from their tables as SVG, and their transitions as a table.

The states form a column. Each transition leaves its state to the right below the event's own
words, goes up or down in a channel beside all labels, and comes back to the state that follows:
so no label is ever on a line. A transition and its row in the table link to each other.
"""

from __future__ import annotations

import enum
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from lagg_tool.errors import UsageError
from lagg_tool.site.page import slug

_LEFT, _BOX, _LETTER = 8, 150, 6.1  # a letter of 10 px in a typewriter's face
_IN, _OUT, _PAD, _GAP, _CHANNEL = 9, 20, 8, 14, 9
_RIGHT = _LEFT + _BOX


@dataclass(frozen=True)
class _Arrow:
    """A transition with its number, and the heights at which it leaves and arrives."""

    number: int
    label: str
    leaves: int
    arrives: int

    @property
    def span(self) -> tuple[int, int]:
        return min(self.leaves, self.arrives), max(self.leaves, self.arrives)


def figures(name: str) -> Sequence[Markup]:
    """Draw the machines that ``package.module:NAME`` has. Raises UsageError."""
    try:
        machines = pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"machines = {name!r}: {error}") from error
    return tuple(map(figure, machines))


def figure(machine: Any) -> Markup:
    """Draw a machine, and list its transitions with clause and kernel function."""
    boxes, arrows, height = _placed(machine)
    longest = max((len(arrow.label) for arrow in arrows), default=0)
    first = round(_RIGHT + 10 + longest * _LETTER + 12)
    channels = _channels(arrows)
    width = first + _CHANNEL * (max(channels.values(), default=0) + 1)
    name, anchor = escape(machine.name), f"machine-{slug(machine.name)}"
    parts = [_box(state, top, size) for state, (top, size) in boxes.items()]
    parts += [_drawn(arrow, first + _CHANNEL * channels[arrow.number], anchor) for arrow in arrows]
    return Markup(  # noqa: S704 - numbers, and escaped above
        f'<section><h3 id="{anchor}">{name}</h3><figure class="chart machine" tabindex="0" '
        f'role="region" aria-label="State diagram: {name}">'
        f'<svg role="group" aria-label="States and transitions: {name}" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}">{"".join(parts)}</svg></figure>'
        f"{_table(machine, anchor)}</section>"
    )


def _placed(
    machine: Any,
) -> tuple[Mapping[enum.Enum, tuple[int, int]], Sequence[_Arrow], int]:
    """Return the top and the height of each state, the arrows, and the height of all."""
    numbered = list(enumerate(machine.transitions, start=1))
    leaves: dict[int, int] = {}
    arrives: dict[int, int] = {}
    boxes: dict[enum.Enum, tuple[int, int]] = {}
    top = _PAD
    for state in machine.states:
        y = top + _PAD
        for number, one in numbered:
            if one.target is state:
                arrives[number] = y
                y += _IN
        for number, one in numbered:
            if one.source is state:
                y += _OUT
                leaves[number] = y - _IN // 2
        size = max(2 * _PAD + 14, y - top + _PAD // 2)
        boxes[state] = top, size
        top += size + _GAP
    arrows = [
        _Arrow(number, f"{number} {one.event.value}", leaves[number], arrives[number])
        for number, one in numbered
    ]
    return boxes, arrows, top


def _channels(arrows: Sequence[_Arrow]) -> Mapping[int, int]:
    """Return a channel for each arrow, short ones inside; those that share one do not meet."""
    found: dict[int, int] = {}
    taken: list[list[tuple[int, int]]] = []
    for arrow in sorted(arrows, key=lambda one: one.span[1] - one.span[0]):
        low, high = arrow.span
        free = (
            channel
            for channel, spans in enumerate(taken)
            if all(high + 3 < a or b + 3 < low for a, b in spans)
        )
        channel = next(free, len(taken))
        if channel == len(taken):
            taken.append([])
        taken[channel].append(arrow.span)
        found[arrow.number] = channel
    return found


def _box(state: enum.Enum, top: int, size: int) -> str:
    return (
        f'<rect class="state" x="{_LEFT}" y="{top}" width="{_BOX}" height="{size}" rx="6"/>'
        f'<text x="{_LEFT + _BOX // 2}" y="{top + size // 2 + 4}" text-anchor="middle">'
        f"{escape(_words(state))}</text>"
    )


def _drawn(arrow: _Arrow, channel: int, anchor: str) -> str:
    path = f"M{_RIGHT} {arrow.leaves}H{channel}V{arrow.arrives}H{_RIGHT}"
    return (
        f'<g id="{anchor}-edge-{arrow.number}"><path class="edge" d="{path}"/>'
        f'<path class="head" d="M{_RIGHT} {arrow.arrives}l7 -4v8z"/>'
        f'<a href="#{anchor}-{arrow.number}"><text class="event" x="{_RIGHT + 10}" '
        f'y="{arrow.leaves - 4}">{escape(arrow.label)}</text></a></g>'
    )


def _table(machine: Any, anchor: str) -> str:
    heads = "".join(
        f'<th scope="col">{word}</th>'
        for word in ("#", "State", "Event", "Next state", "Action", "Clause and kernel function")
    )
    count = len(machine.transitions)
    noun = "transition" if count == 1 else "transitions"
    return (
        f"<details><summary>{count} {noun}</summary><div class='scroll' tabindex='0' "
        f"role='region' aria-label='Transitions: {escape(machine.name)}'><table class='data'>"
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(_rows(machine, anchor))}</tbody></table>"
        "</div></details>"
    )


def _rows(machine: Any, anchor: str) -> Iterator[str]:
    for number, one in enumerate(machine.transitions, start=1):
        yield (
            f'<tr id="{anchor}-{number}"><td><a href="#{anchor}-edge-{number}" '
            f'aria-label="Transition {number} in the diagram">{number}</a></td>'
            f"<td>{escape(_words(one.source))}</td><td>{escape(one.event.value)}</td>"
            f"<td>{escape(_words(one.target))}</td>"
            f"<td>{escape(one.action_name.replace('_', ' '))}</td>"
            f"<td>{escape(one.clause)}; <code>{escape(one.function)}</code></td></tr>"
        )


def _words(state: enum.Enum) -> str:
    return state.name.replace("_", " ").lower()

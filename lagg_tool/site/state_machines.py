"""State machines by the names of their tables."""

from __future__ import annotations

import enum
import pkgutil
from collections.abc import Sequence
from typing import Protocol

from markupsafe import Markup

from lagg_tool.errors import UsageError
from lagg_tool.site.state_diagram import figure


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

"""How the network stack keeps time: the kernel's clock and timers, or a test's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lagg_tool.clock import Timer


@dataclass(frozen=True)
class Timers:
    """``now`` in seconds; ``after`` runs an action some seconds later."""

    now: Callable[[], float]
    after: Callable[[float, Callable[[], None]], Timer]

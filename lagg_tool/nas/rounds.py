"""Looking at a NAS again and again."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lagg_tool.clock import Clock


def rounds(clock: Clock, every: float, seconds: float = math.inf) -> Iterator[float]:
    """Yield the seconds since the first round at each, for as long as is asked.

    A round that takes longer than ``every`` is followed by the next at once.
    """
    begin = clock.now()
    while True:
        began = clock.now()
        yield began - begin
        due = began + every
        if due - begin > seconds:
            return
        clock.sleep(max(0.0, due - clock.now()))

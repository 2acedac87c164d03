"""Looking at a NAS again and again."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import TypeVar

from lagg_tool.clock import Clock
from lagg_tool.command import Runner
from lagg_tool.errors import HostKeyError, TargetError
from lagg_tool.lagg.watching import Outage
from lagg_tool.nas.contract import Access, Session

M = TypeVar("M")

LOOK_SECONDS = 15.0  # for the answer to one look


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


def looks(
    target: Access, look_at: Callable[[Runner, float], M], every: float, seconds: float
) -> Iterator[M | Outage]:
    """Yield what each look shows; a NAS that has answered once is asked again when it is lost.

    It is asked over a new connection then: nothing but looks goes over it. Raises HostError,
    and TargetError at the first look or for another host key.
    """
    with contextlib.ExitStack() as sessions:
        runner: Runner | None = target.connection
        answered = False
        for passed in rounds(target.clock, every, seconds):
            try:
                if runner is None:
                    session: Session = target.connect()
                    sessions.callback(session.close)
                    runner = session
                found: M | Outage = look_at(runner, passed)
                answered = True
            except TargetError as error:
                if not answered or isinstance(error, HostKeyError):
                    raise
                sessions.close()
                runner, found = None, Outage(passed, error)
            yield found

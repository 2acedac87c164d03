"""Time. Nothing else in the project reads a clock or sleeps.

A Clock owns a queue of timers and one lock. A timer's action runs with the lock held, so
state that timers change is safe to touch while holding ``clock.lock``. All times are
seconds as floats on the clock's own monotonic scale.

Two kinds: SystemClock follows the machine's monotonic clock and runs its timers on a
thread; VirtualClock moves only while a caller sleeps or waits on it, and then jumps from
timer to timer.
"""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable
from typing import Protocol


class Timer:
    """An action that is due at a time; ``cancel`` is allowed at any moment."""

    __slots__ = ("_action", "when")

    def __init__(self, when: float, action: Callable[[], None]) -> None:
        self.when = when
        self._action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Forget the action, if it has not run yet."""
        self._action = None

    @property
    def pending(self) -> bool:
        """Whether the action is still to run."""
        return self._action is not None

    def fire(self) -> None:
        """Run the action, once."""
        action, self._action = self._action, None
        if action is not None:
            action()


class Clock(Protocol):
    """What simulator, testbeds, partner switch and commit know of time."""

    lock: threading.RLock

    def now(self) -> float:
        """Return seconds on this clock's monotonic scale."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after ``seconds``; timers run meanwhile."""
        ...

    def call_at(self, when: float, action: Callable[[], None]) -> Timer:
        """Run ``action`` at ``when`` (now, if that is past) with the lock held."""
        ...

    def wait_until(self, condition: Callable[[], bool], deadline: float) -> bool:
        """Wait until ``condition()`` holds or the clock reaches ``deadline``; return which.

        The condition is evaluated with the lock held, after every timer and every
        ``notify``.
        """
        ...

    def notify(self) -> None:
        """Report a change of something that a condition may look at."""
        ...


class _TimerQueue:
    """Timers in order of time; at the same time, in the order in which they were entered."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._serial = itertools.count()

    def push(self, timer: Timer) -> None:
        self.head()  # what was cancelled is dropped there
        heapq.heappush(self._heap, (timer.when, next(self._serial), timer))

    def head(self) -> Timer | None:
        while self._heap and not self._heap[0][2].pending:
            heapq.heappop(self._heap)
        return self._heap[0][2] if self._heap else None

    def pop(self) -> None:
        heapq.heappop(self._heap)


class VirtualClock:
    """A clock that moves only while a caller waits on it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._now = 0.0
        self._queue = _TimerQueue()
        self._changed = threading.Condition(self.lock)

    def now(self) -> float:
        """Return virtual seconds since the start."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move time forward, running the timers that fall due in their order."""
        with self.lock:
            self.wait_until(lambda: False, self._now + seconds)

    def call_at(self, when: float, action: Callable[[], None]) -> Timer:
        """Enter a timer; an action in the past runs at the next move of time."""
        with self.lock:
            timer = Timer(max(when, self._now), action)
            self._queue.push(timer)
            return timer

    def wait_until(self, condition: Callable[[], bool], deadline: float) -> bool:
        """Move from timer to timer until the condition holds, at most to the deadline."""
        with self.lock:
            while True:
                if condition():
                    return True
                timer = self._queue.head()
                if timer is None and deadline == math.inf:
                    self._changed.wait()  # only another thread can make the condition hold
                    continue
                if timer is None or timer.when > deadline:
                    self._now = max(self._now, deadline)
                    return condition()
                self._queue.pop()
                self._now = max(self._now, timer.when)
                timer.fire()

    def notify(self) -> None:
        """Wake those who wait without a deadline while no timer is due."""
        with self.lock:
            self._changed.notify_all()


class SystemClock:
    """The machine's monotonic clock; its timers run on a thread of their own."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._queue = _TimerQueue()
        self._thread: threading.Thread | None = None
        self._earlier = threading.Condition(self.lock)
        self._wakes_at = 0.0  # when the thread looks again by itself

    def now(self) -> float:
        """Return seconds of the machine's monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; the lock is given up meanwhile."""
        self.wait_until(lambda: False, self.now() + seconds)

    def call_at(self, when: float, action: Callable[[], None]) -> Timer:
        """Enter a timer; start the timer thread if it does not run yet."""
        with self.lock:
            timer = Timer(when, action)
            self._queue.push(timer)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
                self._thread.start()
            # Most timers are deadlines that are cancelled before any is due: let it sleep.
            if when < self._wakes_at:
                self._earlier.notify()
            return timer

    def wait_until(self, condition: Callable[[], bool], deadline: float) -> bool:
        """Wait for a timer, a ``notify`` or the deadline, whichever makes the condition hold."""
        with self.lock:
            while not condition():
                left = deadline - self.now()
                if left <= 0:
                    return False
                self._changed.wait(None if left == math.inf else left)
            return True

    def notify(self) -> None:
        """Wake all who wait."""
        with self.lock:
            self._changed.notify_all()

    def _run(self) -> None:
        with self.lock:
            while True:
                timer = self._queue.head()
                self._wakes_at = math.inf if timer is None else timer.when
                if timer is None:
                    self._earlier.wait()
                elif (left := timer.when - self.now()) > 0:
                    self._earlier.wait(left)
                else:
                    self._queue.pop()
                    timer.fire()
                    self._changed.notify_all()

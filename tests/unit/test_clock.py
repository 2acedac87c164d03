"""Both clocks keep the same promises; only the virtual one may jump."""

import functools
import gc
import math
import threading

from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.clock import SystemClock, Timer, VirtualClock


@given(st.lists(st.floats(min_value=0, max_value=1e6), max_size=30))
def test_timers_fire_in_order_of_time(times: list[float]) -> None:
    clock = VirtualClock()
    fired: list[tuple[float, float]] = []
    for when in times:
        clock.call_at(when, lambda when=when: fired.append((when, clock.now())))  # type: ignore[misc]

    clock.sleep(1e6)

    assert fired == [(when, when) for when in sorted(times)]
    assert clock.now() == 1e6


def test_timers_of_the_same_time_fire_in_the_order_they_were_made() -> None:
    clock = VirtualClock()
    fired: list[int] = []
    for serial in range(5):
        clock.call_at(1.0, lambda serial=serial: fired.append(serial))  # type: ignore[misc]

    clock.sleep(2)

    assert fired == [0, 1, 2, 3, 4]


def test_a_timer_may_enter_timers_that_are_due_within_the_same_sleep() -> None:
    clock = VirtualClock()
    fired: list[float] = []

    def tick() -> None:
        fired.append(clock.now())
        clock.call_at(clock.now() + 1, tick)

    clock.call_at(1, tick)
    clock.sleep(3.5)

    assert fired == [1, 2, 3]


def test_a_cancelled_timer_does_not_fire() -> None:
    clock = VirtualClock()
    fired: list[str] = []
    clock.call_at(1, lambda: fired.append("cancelled")).cancel()

    clock.sleep(2)

    assert fired == []


def test_waiting_stops_at_the_timer_that_makes_the_condition_hold() -> None:
    clock = VirtualClock()
    state: list[str] = []
    clock.call_at(90, lambda: state.append("expired"))

    assert clock.wait_until(lambda: bool(state), 200)
    assert clock.now() == 90
    assert not clock.wait_until(lambda: len(state) > 1, 200)
    assert clock.now() == 200


def test_the_system_clock_runs_timers_on_its_thread_and_wakes_waiters() -> None:
    clock = SystemClock()
    names: list[str] = []
    clock.call_at(clock.now() + 0.01, lambda: names.append(threading.current_thread().name))

    assert clock.wait_until(lambda: bool(names), clock.now() + 60)
    assert names == ["clock"]


def test_an_earlier_timer_does_not_wait_for_a_later_one() -> None:
    clock = SystemClock()
    fired: list[str] = []
    clock.call_at(clock.now() + 600, lambda: fired.append("in ten minutes")).cancel()
    clock.call_at(clock.now() + 300, lambda: fired.append("later"))
    clock.sleep(0.05)  # its thread waits for them by now

    with clock.lock:  # none fires before all are there
        now = clock.now()
        for name, seconds in (("second", 0.06), ("first", 0.03), ("now", -1.0)):
            clock.call_at(now + seconds, functools.partial(fired.append, name))

    assert clock.wait_until(lambda: len(fired) == 3, clock.now() + 60)
    assert fired == ["now", "first", "second"]


def test_deadlines_that_are_cancelled_leave_nothing_behind() -> None:
    clock = SystemClock()

    def kept() -> int:
        gc.collect()
        return sum(isinstance(each, Timer) for each in gc.get_objects())

    first = clock.call_at(clock.now() + 50, lambda: None)
    clock.sleep(0.05)  # its thread waits for that by now
    first.cancel()
    before = kept()
    for _ in range(100):
        clock.call_at(clock.now() + 60, lambda: None).cancel()

    assert kept() <= before + 1


def test_the_system_clock_looks_again_when_notified() -> None:
    clock = SystemClock()
    state: list[str] = []

    def other() -> None:
        with clock.lock:
            state.append("done")
        clock.notify()

    threading.Thread(target=other).start()

    assert clock.wait_until(lambda: bool(state), clock.now() + 60)


def test_waiting_on_the_system_clock_ends_at_the_deadline() -> None:
    clock = SystemClock()
    before = clock.now()

    assert not clock.wait_until(lambda: False, before + 0.02)
    assert clock.now() - before >= 0.02


def test_waiting_without_end_on_the_virtual_clock_needs_another_thread() -> None:
    clock = VirtualClock()
    state: list[str] = []

    def other() -> None:
        with clock.lock:
            state.append("done")
            clock.notify()

    threading.Timer(0.01, other).start()

    assert clock.wait_until(lambda: bool(state), math.inf)
    assert clock.now() == 0

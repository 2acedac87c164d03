"""A NAS that stood still says nothing about what did not come meanwhile."""

from __future__ import annotations

from typing import cast

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import Command, Completed, read
from lagg_tool.errors import DisconnectedError, HostError, TargetError
from lagg_tool.evidence import CommandEvent, Event, FrameEvent, WaitEvent
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.silence import Silence
from lagg_tool.suite.standstill import check_awake, check_seen
from lagg_tool.target import Target

ANSWER = CommandEvent(0.0, "ifconfig", 0, "", "", 0.1)
FRAME = FrameEvent(0.0, "vtnet1", "from_nas", "LACPDU", "00")
WAIT = WaitEvent(0.0, 9.0, "a while")
ANSWERED = read("true")
FAILED = AssertionError("no LACPDU came")


class Host:
    """A host that stands still; that ends when it answers, or it is lost then."""

    def __init__(self, clock: VirtualClock, *, is_lost: bool = False) -> None:
        self._silence = Silence(clock.now)
        self._is_lost = is_lost

    def run(self, command: Command) -> Completed:
        if self._is_lost:
            raise DisconnectedError("gone")
        self._silence.end()
        return Completed(command, 0, "", "")

    def longest_silence(self, since: float) -> float:
        return self._silence.longest(since)

    def close(self) -> None:
        pass


def target_after(seconds: float, *, is_lost: bool = False) -> Target:
    """Return a NAS of which nothing was heard for some seconds, until now."""
    clock = VirtualClock()
    host = cast("Connection", Host(clock, is_lost=is_lost))
    target = Target(lambda: host, clock, ())
    clock.sleep(seconds)
    return target


def test_what_fails_where_the_nas_stood_still_is_no_failure_of_it() -> None:
    with pytest.raises(HostError, match=r"for 20 s.* no LACPDU came; run the scenario again"):
        check_awake(target_after(20.0), 0.0, FAILED)


def test_what_fails_on_a_nas_that_was_heard_stays_a_failure() -> None:
    check_awake(target_after(1.0), 0.0, FAILED)

    # A standstill before the scenario is none of it.
    target = target_after(20.0)
    target.connection.run(ANSWERED)
    target.clock.sleep(1.0)
    check_awake(target, target.clock.now(), FAILED)


@pytest.mark.parametrize(
    ("evidence", "holds"),
    [
        ([ANSWER, ANSWER], True),
        ([ANSWER, WAIT], False),
        ([WAIT, ANSWER], False),
        ([FRAME], False),
    ],
)
def test_of_what_passed_where_the_nas_stood_still_only_its_answers_hold(
    evidence: list[Event], *, holds: bool
) -> None:
    check_seen(target_after(1.0), 0.0, evidence)
    if holds:
        check_seen(target_after(20.0), 0.0, evidence)
    else:
        with pytest.raises(HostError, match="for 20 s"):
            check_seen(target_after(20.0), 0.0, evidence)


def test_a_nas_that_does_not_answer_now_is_lost() -> None:
    target = target_after(0.0, is_lost=True)

    with pytest.raises(TargetError, match="gone"):
        check_awake(target, 0.0, FAILED)
    with pytest.raises(TargetError, match="gone"):
        check_seen(target, 0.0, [FRAME])


def test_a_simulated_nas_never_stands_still() -> None:
    target = target_after(60.0, is_lost=True)
    target.simulated = "a machine on a clock that jumps"

    check_awake(target, 0.0, FAILED)
    check_seen(target, 0.0, [FRAME])

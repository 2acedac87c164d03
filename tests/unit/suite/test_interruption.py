"""When a signal ends a run, and when it waits until that is safe."""

import os
import signal

import pytest

from lagg_tool.clock import SystemClock
from lagg_tool.ssh.sending import sending
from lagg_tool.suite.interruption import Interruption


def test_a_step_is_interrupted_at_once() -> None:
    found = Interruption(lambda _: None)

    with found.watching(), pytest.raises(KeyboardInterrupt), found.exposed():
        os.kill(os.getpid(), signal.SIGTERM)


def test_what_is_not_exposed_goes_on_and_the_next_step_does_not_begin() -> None:
    said: list[str] = []
    found = Interruption(said.append)

    with found.watching():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        assert said == ["the run is ending; the NAS is set back first"]
        with pytest.raises(KeyboardInterrupt):
            found.check()


def test_a_command_that_is_being_sent_is_let_finish() -> None:
    found = Interruption(lambda _: None)
    clock = SystemClock()
    finished: list[bool] = []

    def command() -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        clock.sleep(0.12)
        finished.append(True)

    def step() -> None:
        with sending():
            command()
        clock.sleep(60)  # it is interrupted here

    with found.watching(), found.exposed(), pytest.raises(KeyboardInterrupt):
        step()

    assert finished == [True]


def test_behind_the_last_scenario_nothing_is_interrupted() -> None:
    found = Interruption(lambda _: None)
    found.over = True

    with found.watching(), found.exposed():
        os.kill(os.getpid(), signal.SIGINT)
        found.check()

    assert found.happened

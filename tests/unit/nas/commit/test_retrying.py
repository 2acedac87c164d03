"""A change is sent once; a read is repeated until it is too late."""

import pytest

from lagg_tool.command import Command, Completed
from lagg_tool.errors import DisconnectedError, HostKeyError, LoginError, TargetError
from lagg_tool.nas.commit.requests import Requests
from lagg_tool.nas.commit.retrying import RetryingSession
from tests.support.answering_host import HOST, LOST, AnsweringHost

STATUS = Requests(HOST).status("t-1")
CONFIRM = Requests(HOST).decide("t-1", "confirm")


def line_to(host: AnsweringHost) -> RetryingSession:
    return RetryingSession(host.connect, host.clock)


def test_one_connection_serves_until_it_is_hung_up() -> None:
    host = AnsweringHost()
    line = line_to(host)

    line.ask(STATUS, 0.0)
    line.send(CONFIRM)
    assert (host.opened, host.closed) == (1, 0)
    line.hang_up()
    line.hang_up()
    line.ask(STATUS, 0.0)

    assert (host.opened, host.closed) == (2, 1)


def test_a_change_that_is_lost_is_not_sent_again() -> None:
    host = AnsweringHost(confirm=[LOST, ""])
    line = line_to(host)

    with pytest.raises(DisconnectedError):
        line.send(CONFIRM)

    assert host.asked == ["confirm"]
    assert host.closed == 1


def test_a_read_is_repeated_over_a_fresh_connection_each_second() -> None:
    host = AnsweringHost(status=[LOST, LOST, "there yes\n"])
    line = line_to(host)

    answer = line.ask(STATUS, 10.0)

    assert answer.stdout == "there yes\n"
    assert (host.opened, host.closed, host.clock.now()) == (3, 2, 2.0)


@pytest.mark.parametrize("until", [0.0, 3.0])
def test_a_read_ends_when_its_time_is_over(until: float) -> None:
    host = AnsweringHost(status=[LOST])

    with pytest.raises(TargetError):
        line_to(host).ask(STATUS, until)

    assert host.clock.now() == until
    assert host.asked == ["status"] * (1 + int(until))


@pytest.mark.parametrize(
    ("error", "times"), [(HostKeyError("another key"), 1), (LoginError("not now"), 3)]
)
def test_another_host_key_ends_it_at_once_and_a_refused_login_does_not(
    error: TargetError, times: int
) -> None:
    tried: list[float] = []
    host = AnsweringHost()

    def refuse() -> AnsweringHost:
        tried.append(host.clock.now())
        raise error

    with pytest.raises(type(error)):
        RetryingSession(refuse, host.clock).reach(2.0)

    assert len(tried) == times


def test_to_reach_a_host_is_to_connect_to_it_and_ask_nothing() -> None:
    host = AnsweringHost()

    line_to(host).reach(0.0)

    assert (host.opened, host.asked) == (1, [])


def test_a_command_has_the_time_that_it_is_given() -> None:
    deadlines = []

    class Timed(AnsweringHost):
        def run(self, command: Command, deadline: float = 30.0) -> Completed:
            deadlines.append(deadline)
            return super().run(command, deadline)

    line = line_to(Timed())

    line.send(CONFIRM)
    line.send(CONFIRM, 30.0)
    line.ask(STATUS, 0.0)

    assert deadlines == [10.0, 30.0, 10.0]

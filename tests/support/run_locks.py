"""Locks of runs on a simulated NAS, among them those of runs that die."""

from __future__ import annotations

from lagg_tool.suite import restoring
from lagg_tool.suite.lock import RunLock
from lagg_tool.target import Target
from tests.support.commit_rig import Direct


def made(nas: Target) -> restoring.Made:
    return restoring.Made.of({restoring.kind_of(nas).aggregate}, nas.ports)


def hold(nas: Target, said: list[str]) -> RunLock:
    return RunLock(nas, said.append)


def waits(nas: Target, said: list[str]) -> RunLock:
    """Return a lock that looks again less often than a run does, which makes no difference."""
    return RunLock(nas, said.append, lambda seconds: nas.clock.sleep(5 * seconds))


def died(nas: Target, text: str) -> None:
    """Take a NAS for a run that may make what a step says, and is not heard of again."""
    dead = hold(nas, [])
    dead.take()
    dead.keep(restoring.answer(nas), None)
    dead.add([text])


def round_trips(nas: Target) -> int:
    connection = nas.connection
    assert isinstance(connection, Direct)
    return connection.round_trips

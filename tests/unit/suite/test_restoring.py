"""A NAS that does not list its interfaces: nothing may seem to be gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import Command, Completed
from lagg_tool.errors import UnreadableError
from lagg_tool.evidence import Provenance, TargetResult
from lagg_tool.ssh.connection import Connection
from lagg_tool.suite import restoring
from lagg_tool.suite.kinds import LINUX
from lagg_tool.target import Target


class Host:
    """Answers everything but its list of interfaces."""

    def __init__(self, stderr: str) -> None:
        self._stderr = stderr

    def run_batch(self, commands: Sequence[Command], _: float = 60.0) -> list[Completed]:
        fails = LINUX.looks[0].text
        return [
            Completed(it, 1, "", self._stderr) if it.text == fails else Completed(it, 0, "[]", "")
            for it in commands
        ]

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("stderr", "words"), [("no memory\n", "no memory"), ("", "no answer")], ids=["words", "none"]
)
def test_a_list_of_interfaces_that_fails_is_an_error_and_not_an_empty_one(
    stderr: str, words: str
) -> None:
    host = cast("Connection", Host(stderr))
    nas = Target(lambda: host, VirtualClock(), ("eth1",))
    facts = {"system": "Linux 6.12.0"}
    nas.describe(
        TargetResult("nas", "ssh://root@nas", Provenance.OBSERVED, "Linux", "linux-6.12", "", facts)
    )

    with pytest.raises(UnreadableError) as caught:
        restoring.take(nas)

    assert str(caught.value) == f"{LINUX.looks[0].text}: {words}"

"""A host that answers the requests of a confirmed commit from a list: for what a client decides.

The scripts that give these answers run in the tests of tests/integration/test_commit_*.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from lagg_tool.clock import VirtualClock
from lagg_tool.command import Command, Completed
from lagg_tool.errors import DisconnectedError, LaggToolError
from lagg_tool.nas.commit.functions import Host
from lagg_tool.nas.commit.requests import LOOKS, Requests

HOST = Host("/root", "/records", "/config", "# session\n", "# change\n", "boot.d", "the boot.d")
# What the host says of a change that was armed.
ARMED = "now 100\ntoken T\nthere yes\nguard alive\nwhen 90\nseconds 60\nwho tester\nname lagg0\n"

# The lines of an answer, one to an exit status, or how the connection is lost instead.
Answer: TypeAlias = str | int | tuple[int, str] | LaggToolError

LOST = DisconnectedError("the connection was lost")


class AnsweringHost:
    """Answers each kind of request with the next of its answers; the last one repeats.

    The kinds are ``arm``, ``start``, ``status``, and the parts of a decision. ``asked`` are
    the requests, ``tokens`` the changes that they name, ``awaited`` the files of the change
    that the host is to wait for, ``armed`` the words of the last ``arm``; ``opened`` and
    ``closed`` count connections.
    """

    def __init__(self, **answers: Sequence[Answer]) -> None:
        self.clock = VirtualClock()
        self.asked: list[str] = []
        self.tokens: list[str] = []
        self.opened = self.closed = 0
        self.armed: tuple[str, ...] = ()
        self.awaited: list[tuple[str, ...]] = []
        self._answers = {kind: list(each) for kind, each in answers.items()}
        made = Requests(HOST)
        self._kinds = {
            made.arm("", "", "", "", {}).argv[2]: "arm",
            made.start("").argv[2]: "start",
            made.status().argv[2]: "status",
        }

    def connect(self) -> AnsweringHost:
        """Count a connection."""
        self.opened += 1
        return self

    def close(self) -> None:
        """Count the end of one."""
        self.closed += 1

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        """Answer a request; it takes no time."""
        assert deadline > 0
        words = command.argv[7:]  # after /bin/sh -c SCRIPT sh ROOT RECORDS CONFIG
        kind = self._kinds.get(command.argv[2]) or words[2]
        self.asked.append(kind)
        looks = str(LOOKS)
        self.awaited.append(words[words.index(looks) + 1 :] if looks in words else ())
        if kind == "arm":
            self.armed = words
        self.tokens += [word for word in words[:2] if word.startswith("t-")]
        rest = self._answers.get(kind, [""])
        answer = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(answer, LaggToolError):
            raise answer
        if isinstance(answer, str):
            return Completed(command, 0, answer, "")
        status, text = (answer, "") if isinstance(answer, int) else answer
        return Completed(command, status, text, text)

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        """Answer each."""
        return [self.run(command, deadline) for command in commands]

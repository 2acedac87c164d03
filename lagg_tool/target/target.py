"""A NAS under test: the connection to it, and the testbed at its ports."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from lagg_tool.clock import Clock
from lagg_tool.command import Command, Completed
from lagg_tool.errors import UsageError
from lagg_tool.evidence import BatchPart, CommandEvent, Journal, TargetResult
from lagg_tool.ssh.connection import Connection

if TYPE_CHECKING:  # a verb that only looks at a NAS needs no testbed
    from lagg_tool.testbed.contract import Testbed


class Target:
    """A NAS under test; what it runs, sends and receives is in its journal.

    ``connect`` makes one more connection to it, which the caller closes, and which
    journals nothing. ``simulated`` is the machine itself where there is one in this process;
    only tests use it.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        clock: Clock,
        ports: tuple[str, ...] = (),
    ) -> None:
        self.connect = connect
        self.clock = clock
        self.journal = Journal()
        self.testbed: Testbed | None = None
        self.ports = ports
        self.simulated: Any = None
        self._closing = contextlib.ExitStack()
        self._result: TargetResult | None = None
        self._connection = connect()

    @property
    def connection(self) -> Connection:
        """The connection itself: what runs there is not journalled."""
        return self._connection

    @property
    def result(self) -> TargetResult:
        """The description of the target in results.json."""
        if self._result is None:
            raise UsageError("the target is not open")
        return self._result

    def adopt(self, closing: contextlib.ExitStack) -> None:
        """Close these together with the target."""
        self._closing = closing

    def describe(self, result: TargetResult) -> None:
        """Set the description of the target."""
        self._result = result

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        """Run a command on the NAS. Raises TargetError."""
        at = self.clock.now()
        done = self._connection.run(command, deadline)
        self._emit(at, [done])
        return done

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        """Run commands one after the other in one exec. Raises TargetError."""
        at = self.clock.now()
        answers = self._connection.run_batch(commands, deadline)
        self._emit(at, answers)
        return answers

    def reconnect(self) -> None:
        """Replace the connection, after a reboot or a loss. Raises TargetError."""
        self.hang_up()
        self._connection = self.connect()

    def hang_up(self) -> None:
        """Close the connection, and nothing else."""
        self._connection.close()

    def close(self) -> None:
        """End everything that belongs to the target."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _emit(self, at: float, answers: Sequence[Completed]) -> None:
        """Report what ran since ``at``; what was measured is the time of all together."""
        seconds, size = self.clock.now() - at, len(answers)
        for number, done in enumerate(answers, 1):
            own, batch = (seconds, None) if size == 1 else (None, BatchPart(number, size, seconds))
            text, out, err = done.command.text, done.stdout, done.stderr
            self.journal.emit(CommandEvent(at, text, done.status, out, err, own, batch))

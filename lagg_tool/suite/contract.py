"""What the suite asks of a target; lagg_tool/target.py implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lagg_tool.clock import Clock
from lagg_tool.command import Command, Completed
from lagg_tool.evidence import Journal, TargetResult
from lagg_tool.testbed.contract import Testbed


class Target(Protocol):
    """A NAS under test. What it runs, sends and receives is in its journal."""

    @property
    def clock(self) -> Clock:
        """The clock that protocol time passes on."""
        ...

    @property
    def journal(self) -> Journal:
        """Where the target and its bench report what happens."""
        ...

    @property
    def bench(self) -> Testbed | None:
        """What the ports are connected to, if anything."""
        ...

    @property
    def ports(self) -> Sequence[str]:
        """The NAS's names of the test ports, in the bench's order."""
        ...

    @property
    def simulated(self) -> object | None:
        """The machine itself, where it is simulated in this process."""
        ...

    @property
    def result(self) -> TargetResult:
        """What is tested."""
        ...

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        """Run a command on the NAS. Raises TargetError."""
        ...

    def reconnect(self) -> None:
        """Replace the connection, after a reboot or a loss. Raises TargetError."""
        ...

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        """Run commands one after the other in one exec. Raises TargetError."""
        ...

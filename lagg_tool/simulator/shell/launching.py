"""How a shell runs programs: beside itself, or in its own place."""

from __future__ import annotations

from collections.abc import Sequence

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.shell.state import State
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process, Program
from lagg_tool.simulator.system.signals import DESCRIPTIONS, Signal


class Launcher:
    """Runs programs for a shell."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.process = state.process

    async def foreground(self, child: Process) -> int:
        """Wait for a child, and say so if a signal ended it."""
        status = await self.process.wait(child)
        if child.ended_by not in {None, Signal.INT, Signal.PIPE} and child.ended_by is not None:
            name = DESCRIPTIONS.get(child.ended_by, f"Signal {int(child.ended_by)}")
            self.process.err(f"{name}\n")
        return status

    async def external(
        self, argv: Sequence[str], values: Sequence[tuple[str, str]], *, last: bool = False
    ) -> int:
        """Run a program; in the place of this shell, if nothing follows."""
        environment = self.state.environment() | dict(values)
        path = dict(values).get("PATH", self.state.get("PATH") or "")
        try:
            program = self.process.system.find_program(self.process, argv[0], path)
        except FileError as error:
            return self._not_run(argv[0], error)
        if last and not self.state.traps:
            return await self.replace(argv, program, environment)
        child = self.process.spawn(
            argv, program, environment=environment, cost=self.process.cost_of(argv)
        )
        return await self.foreground(child)

    def _not_run(self, name: str, error: FileError) -> int:
        if error.errno is Errno.ENOENT:
            what = "not found" if "/" not in name else str(error)
            self.state.complain(f"{name}: {what}")
            return 127
        self.state.complain(f"{name}: {error}")
        return 126

    async def replace(
        self, argv: Sequence[str], program: Program, environment: dict[str, str]
    ) -> int:
        """Become another program (execve)."""
        self.process.argv = tuple(argv)
        self.process.environment = environment
        self.process.handlers.clear()
        await self.process.sleep(self.process.cost_of(argv) - self.process.system.pace.fork)
        return await program(self.process)

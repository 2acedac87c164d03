"""What a fault is, and the ways to replace one piece of a NAS.

Most pieces are classes: a fault is a subclass that overrides what it breaks, and takes the
place of its base class in the kernels that this NAS boots. Faults in the same class add up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lacp.model import AnyMachine, Machines
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.system.process import Process, Program
from lagg_tool.simulator.system.signals import Exit
from lagg_tool.simulator.system.streams import Stream

Apply = Callable[[SimulatedNas], None]
Edit = Callable[[str], str]


@dataclass(frozen=True)
class Fault:
    """One way to be wrong.

    ``claim`` is the claim that it violates (C-19), or the behaviour (lacp.L-14, defect.B-05);
    ``text`` says what is wrong; ``apply`` puts it into a NAS, which has it from its next boot
    on.
    """

    name: str
    claim: str
    text: str
    apply: Apply


def part(broken: type) -> Apply:
    """Break a part of the kernel: the base class of ``broken``."""
    return lambda nas: nas.parts.replace(broken)


def table(name: str, alter: Callable[[AnyMachine], AnyMachine]) -> Apply:
    """Break one of LACP's tables; ``name`` is its name in Machines."""

    class Altered(LacpInstance):
        """LACP that runs another table."""

        def machines(self) -> Machines:
            machines = super().machines()
            setattr(machines, name, alter(getattr(machines, name)))
            return machines

    return part(Altered)


def program(
    path: str,
    *,
    arguments: Callable[[tuple[str, ...]], tuple[str, ...]] | None = None,
    out: Edit | None = None,
    err: Edit | None = None,
    status: Callable[[int], int] | None = None,
) -> Apply:
    """Break a program: how it reads its arguments, what it prints, how it exits."""

    def replace(original: Program) -> Program:
        async def run(process: Process) -> int:
            if arguments is not None:
                process.argv = arguments(process.argv)
            for fd, edit in ((1, out), (2, err)):
                if edit is not None and fd in process.streams:
                    process.set_stream(fd, _Edited(process.streams[fd], edit))
            try:
                code = await original(process)
            except Exit as end:
                code = end.status
            return code if status is None else status(code)

        return run

    return lambda nas: nas.replace_program(path, replace)


class _Edited(Stream):
    """A stream that takes something else than what is written."""

    def __init__(self, stream: Stream, edit: Edit) -> None:
        super().__init__()
        self._stream = stream.acquire()
        self._edit = edit

    def close(self) -> None:
        """Close what is behind."""
        self._stream.release()

    def write(self, data: bytes) -> None:
        """Pass on what the fault makes of the data."""
        text = self._edit(data.decode(errors="surrogateescape"))
        self._stream.write(text.encode(errors="surrogateescape"))

    def drained(self) -> bool:
        """Whether the reader has caught up."""
        return self._stream.drained()

"""What a fault is, and the ways to replace one piece of a NAS.

The pieces are classes: a fault is a subclass that overrides what it breaks, and takes the
place of the original in this NAS only. Faults in the same class add up.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from lagg_tool.simulator.kernel.cloning import SimpleCloner
from lagg_tool.simulator.kernel.kernel import Kernel
from lagg_tool.simulator.kernel.lacp import system as lacp
from lagg_tool.simulator.kernel.lacp.model import AnyMachine
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_port import LaggPort
from lagg_tool.simulator.kernel.lagg_protocols import LaggProtocol
from lagg_tool.simulator.kernel.nics import Nic
from lagg_tool.simulator.kernel.vnet import Vnet
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.system.process import Process, Program
from lagg_tool.simulator.system.signals import Exit

Apply = Callable[[SimulatedNas], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Fault:
    """One way to be wrong.

    ``claim`` is the claim that it violates (C-19), or the behaviour (lacp.L-14, defect.B-05);
    ``text`` says what is wrong; ``apply`` puts it into a NAS.
    """

    name: str
    claim: str
    text: str
    apply: Apply


def mixed(original: type[T], broken: type[T]) -> type[T]:
    """Return ``original`` with what ``broken``, a subclass of it or of a base, overrides."""
    if issubclass(broken, original):
        return broken
    return type(broken.__name__, (broken, original), {})


def become(thing: T, broken: type[T]) -> None:
    """Let an object that is there already be one of a broken class."""
    thing.__class__ = mixed(type(thing), broken)


def in_kernel(change: Callable[[Kernel], None]) -> Apply:
    """Return what changes a NAS's kernel, now and after every boot."""
    return lambda nas: nas.alter_kernel(change)


def lagg(broken: type[Lagg]) -> Apply:
    """Break the laggs that are made from now on."""

    def change(kernel: Kernel) -> None:
        cloner, made = _lagg_class(kernel)
        cloner.make = mixed(made, broken)

    return in_kernel(change)


def _lagg_class(kernel: Kernel) -> tuple[SimpleCloner, type[Lagg]]:
    cloner = kernel.cloners.named("lagg")
    if not isinstance(cloner, SimpleCloner) or not isinstance(cloner.make, type):
        raise TypeError("laggs are not made by a class")
    made: type[Lagg] = cloner.make
    return cloner, made


def protocol(broken: type[LaggProtocol]) -> Apply:
    """Break a protocol of the laggs that are made from now on: the one of its name."""
    return in_kernel(lambda kernel: _use(kernel, broken))


def _use(kernel: Kernel, broken: type[LaggProtocol]) -> None:
    cloner, made = _lagg_class(kernel)
    known = made.protocol_types
    types = {**known, broken.name: mixed(known[broken.name], broken)}
    cloner.make = type(made.__name__, (made,), {"protocol_types": types})


def port(broken: type[LaggPort]) -> Apply:
    """Break the ports of the laggs that are made from now on."""

    def change(kernel: Kernel) -> None:
        cloner, made = _lagg_class(kernel)
        replaced = {"port_type": mixed(made.port_type, broken)}
        cloner.make = type(made.__name__, (made,), replaced)

    return in_kernel(change)


def machine(broken: type[lacp.Lacp]) -> Apply:
    """Break LACP's machines as a whole."""

    def change(kernel: Kernel) -> None:
        _, made = _lagg_class(kernel)
        replaced = {"machine_type": mixed(_lacp_class(made).machine_type, broken)}
        _use(kernel, type("Lacp", (_lacp_class(made),), replaced))

    return in_kernel(change)


def _lacp_class(made: type[Lagg]) -> type[Lacp]:
    found = made.protocol_types[Lacp.name]
    if not issubclass(found, Lacp):
        raise TypeError("LACP is not what it was")
    return found


def table(name: str, alter: Callable[[AnyMachine], AnyMachine]) -> Apply:
    """Break one of LACP's tables; ``name`` is its name in Machines."""

    def change(kernel: Kernel) -> None:
        _, made = _lagg_class(kernel)
        old = _lacp_class(made).machine_type
        machines = dataclasses.replace(old.machines, **{name: alter(getattr(old.machines, name))})
        replaced = {"machine_type": type("Lacp", (old,), {"machines": machines})}
        _use(kernel, type("Lacp", (_lacp_class(made),), replaced))

    return in_kernel(change)


def cards(broken: type[Nic]) -> Apply:
    """Break the network cards that have cables."""

    def change(kernel: Kernel) -> None:
        for nic in kernel.nics.values():
            if isinstance(nic, broken.__bases__):
                become(nic, broken)

    return in_kernel(change)


def stack(broken: type[Vnet]) -> Apply:
    """Break the host's network stack."""
    return in_kernel(lambda kernel: become(kernel.host, broken))


def program(
    path: str,
    *,
    arguments: Callable[[tuple[str, ...]], tuple[str, ...]] | None = None,
    out: Callable[[str], str] | None = None,
    err: Callable[[str], str] | None = None,
    status: Callable[[int], int] | None = None,
) -> Apply:
    """Break a program: how it reads its arguments, what it prints, how it exits."""
    broken = _process_class(out, err)

    def replace(original: Program) -> Program:
        async def run(process: Process) -> int:
            if arguments is not None:
                process.argv = arguments(process.argv)
            become(process, broken)
            try:
                code = await original(process)
            except Exit as end:
                code = end.status
            return code if status is None else status(code)

        return run

    return lambda nas: nas.replace_program(path, replace)


def _process_class(
    out: Callable[[str], str] | None, err: Callable[[str], str] | None
) -> type[Process]:
    class Edited(Process):
        """A process whose program prints something else."""

        def out(self, text: str | bytes) -> None:
            super().out(text if out is None or isinstance(text, bytes) else out(text))

        def err(self, text: str | bytes) -> None:
            super().err(text if err is None or isinstance(text, bytes) else err(text))

    return Edited

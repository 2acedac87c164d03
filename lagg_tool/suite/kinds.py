"""How each kind of NAS is looked at, and put back to how it was."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from lagg_tool.command import Command, Runner, change
from lagg_tool.ifconfig import Interface
from lagg_tool.nas import elapsed
from lagg_tool.nas.freebsd import restoring as freebsd
from lagg_tool.nas.linux import restoring as linux
from lagg_tool.nas.made import Made, Restored
from lagg_tool.nas.networks import Network
from lagg_tool.nas.opening import product_of
from lagg_tool.nas.truenas import restoring as truenas
from lagg_tool.nas.truenas.restoring import Rows
from lagg_tool.target import Target
from lagg_tool.testbed.epair.scripts import PREFIX


class Snapshot(Protocol):
    """The state of a NAS before a run."""

    @property
    def names(self) -> Collection[str]:
        """The interfaces' names."""
        ...

    @property
    def networks(self) -> Mapping[Network, str]:
        """The networks that it is in, with the interface of each."""
        ...

    def ether(self, name: str) -> str:
        """Return the MAC address of an interface, or nothing."""
        ...


@dataclass(frozen=True)
class Kind:
    """A kind of NAS; the snapshots are its own.

    ``aggregate`` is the name of the interface that most scenarios make, and ``destroy`` takes
    it away. ``understand`` reads the answers to ``looks``, and the status of the last of them.
    ``commands`` lead from one snapshot to another, ``foreign`` are changes by others, and
    ``by_hand`` are the commands for a person. The rows are those of its middleware, if it has
    one.
    """

    aggregate: str
    destroy: Command
    looks: tuple[Command, ...]
    understand: Callable[[Sequence[str]], Any]
    commands: Callable[[Any, Any, Made], list[Command]]
    foreign: Callable[[Any, Any, Made], list[str]]
    by_hand: Callable[[Any, Sequence[str]], list[Command]]
    elapsed: str  # a function of the shell, which prints the seconds since the boot
    take_rows: Callable[[Runner], Rows | None] = lambda _: None
    restore_rows: Callable[[Runner, Rows, Made], Restored] = lambda *_: Restored()
    rows_by_hand: Callable[[Rows, Sequence[str]], list[Command]] = lambda *_: []


def _is_of_a_testbed(interface: Interface) -> bool:
    """Return whether a testbed made it: another run on the same host may have one."""
    return (interface.description or "").startswith(PREFIX)


def _freebsd_snapshot(answers: Sequence[str]) -> freebsd.Snapshot:
    ifconfig, sysctls, arp, rc_conf, status = answers
    return freebsd.snapshot_of(ifconfig, sysctls, arp, rc_conf if status == "0" else None)


FREEBSD = Kind(
    freebsd.AGGREGATE,
    change("ifconfig", freebsd.AGGREGATE, "destroy"),
    freebsd.LOOKS,
    _freebsd_snapshot,
    functools.partial(freebsd.restore_commands, spare=_is_of_a_testbed),
    functools.partial(freebsd.foreign_changes, spare=_is_of_a_testbed),
    lambda before, ports: freebsd.manual_restore_commands(
        before, ports, (freebsd.AGGREGATE, *freebsd.FURTHER)
    ),
    elapsed.ELAPSED,
)
TRUENAS = replace(
    FREEBSD,
    take_rows=truenas.take_rows,
    restore_rows=truenas.restore_rows,
    rows_by_hand=truenas.manual_restore_calls,
)
LINUX = Kind(
    linux.AGGREGATE,
    change("ip", "link", "delete", "dev", linux.AGGREGATE),
    linux.LOOKS,
    lambda answers: linux.snapshot_of(answers[: len(linux.LOOKS)]),
    linux.restore_commands,
    linux.foreign_changes,
    linux.manual_restore_commands,
    elapsed.LINUX_ELAPSED,
)


def kind_of(target: Target) -> Kind:
    """Return the kind of NAS that a target is."""
    return _KINDS[product_of(target.result.facts)]


_KINDS = {"freebsd": FREEBSD, "truenas": TRUENAS, "linux": LINUX}

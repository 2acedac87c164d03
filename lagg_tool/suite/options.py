"""The options for what to test and how to reach it, of ``accept`` and of the plugin alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lagg_tool import numbers
from lagg_tool.ssh.options import add_login_options
from lagg_tool.target import TargetOptions, TestbedChoice
from lagg_tool.target.options import login_options
from lagg_tool.testbed.udp import wire_base

if TYPE_CHECKING:
    import pytest

WAIT_SECONDS = 60.0  # for a NAS that is lost


def add_run_options(add: Callable[..., object]) -> None:
    """Add the options with argparse's ``add_argument``, or pytest's ``addoption``.

    They have no defaults: ``accept`` passes on what was given.
    """
    add_login_options(add)
    add("--ports", metavar="NAMES", help="the NAS's test ports, in the bench's order")
    add("--wire-base", metavar="A:B", help="UDP ports of the NAS's cables and of the bench")
    add("--bench", choices=["epair", "wires"], help="epair: the host makes its own cables")
    add("--qmp", type=Path, metavar="PATH", help="QEMU's monitor, to switch links")
    add("--image-checksum", metavar="sha256:HEX", help="what the image of qemu: must have")
    add("--memory", type=numbers.count, metavar="MIB", help="of the machine of qemu:; 1024")
    add("--boot-deadline", type=numbers.seconds, metavar="SECONDS", help="until qemu: answers; 600")
    add("--wait-for-nas", type=numbers.seconds, metavar="SECONDS", help="if it is lost, once; 60")
    add("--read-only", action="store_true", help="run nothing that changes the NAS")


def target_options(config: pytest.Config) -> TargetOptions:
    """Return the options of the target. Raises UsageError."""
    get = config.getoption
    return replace(
        login_options(vars(config.option), read_only=get("read_only")),
        ports=tuple((get("ports") or "").replace(",", " ").split()),
        wire_base=wire_base(get("wire_base")) if get("wire_base") else None,
        qmp=get("qmp"),
        bench=TestbedChoice(get("bench") or TestbedChoice.BEST),
        image_checksum=get("image_checksum"),
        memory_mib=get("memory") or TargetOptions.memory_mib,
        boot_deadline=get("boot_deadline") or TargetOptions.boot_deadline,
    )

"""The options for what to test and how to reach it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lagg_tool.ssh.hostkeys import DEFAULT_FILES, HostKeys
from lagg_tool.ssh.options import add_login_options
from lagg_tool.target import TargetOptions, TestbedChoice
from lagg_tool.testbed.udp import wire_base


def add_options(group: pytest.OptionGroup) -> None:
    """Add the options for what to test and how to reach it."""
    add = group.addoption
    add("--target", default="sim:", help="sim:, ssh://user@host or qemu:IMAGE")
    add_login_options(add)
    add("--ports", default="", help="the NAS's test ports, in the bench's order")
    add("--wire-base", default="", metavar="A:B", help="UDP ports of the bench")
    add("--qmp", type=Path, metavar="PATH", help="QEMU's monitor, to switch links")
    add("--image-checksum", metavar="sha256:HEX", help="what the image of qemu: must have")
    add("--memory", type=int, default=1024, metavar="MIB", help="of the machine of qemu:")
    add("--boot-deadline", type=float, default=600.0, metavar="SECONDS", help="for qemu:")
    add("--bench", choices=["epair", "wires"], help="epair: the host makes its own cables")
    add(
        "--wait-for-nas",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="for a NAS that is lost during the run, once",
    )
    add("--read-only", action="store_true", help="run nothing that changes the NAS")
    add("--take-over", action="store_true", help="the run that has the NAS is dead")


def target_options(config: pytest.Config) -> TargetOptions:
    """Return the options of the target. Raises UsageError."""
    get = config.getoption
    accept_new = get("host_key_policy") == "accept-new"
    return TargetOptions(
        identities=tuple(get("identity")),
        agent=get("agent"),
        become=get("become"),
        ssh_config=get("ssh_config"),
        host_keys=HostKeys(
            fingerprint=get("host_key"), accept_new=DEFAULT_FILES[0] if accept_new else None
        ),
        ports=tuple(name for name in get("ports").replace(",", " ").split() if name),
        wire_base=wire_base(get("wire_base")) if get("wire_base") else None,
        qmp=get("qmp"),
        read_only=get("read_only"),
        bench=TestbedChoice(get("bench")) if get("bench") else TestbedChoice.BEST,
        image_checksum=get("image_checksum"),
        memory_mib=get("memory"),
        boot_deadline=get("boot_deadline"),
    )

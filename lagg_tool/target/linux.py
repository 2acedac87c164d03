"""``qemu:linux``: a machine with a real Linux kernel, made of Debian's packages for this run."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from lagg_tool.clock import SystemClock
from lagg_tool.errors import UnreachableError, UsageError
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from lagg_tool.target.description import describe, read_facts
from lagg_tool.target.options import TargetOptions, TestbedChoice
from lagg_tool.target.target import Target
from lagg_tool.testbed.linux_vm.boot import PORTS, prepare
from lagg_tool.testbed.linux_vm.cache import Bootable, get
from lagg_tool.testbed.linux_vm.recipe import BY_URL
from lagg_tool.testbed.qemu.accelerator import QEMU
from lagg_tool.testbed.qemu.machine import Machine
from lagg_tool.testbed.udp import LOOPBACK, UdpTestbed


def product_in_url(url: str) -> str:
    """Return the system of the target."""
    del url
    return "linux"


def make(url: str, tell: Callable[[str], None]) -> Bootable:
    """Return what a machine boots, made now if the cache has none. Raises UnreachableError."""
    if shutil.which(QEMU) is None:
        raise UnreachableError(
            f"{url}: {QEMU} is not installed; on Debian: apt-get install qemu-system-x86"
        )
    return get(BY_URL[url], tell)


def open_url(url: str, options: TargetOptions, closing: contextlib.ExitStack) -> Target:
    """Boot a machine and connect to it; it ends with the target.

    Raises UsageError, and UnreachableError where none can be made or it does not answer.
    """
    if options.qmp is not None or options.ports:
        raise UsageError(f"--qmp, --ports: {url} has its own; these are for ssh://")
    made = make(url, options.tell)
    directory = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lagg-tool-")))
    prepared = prepare(made, directory, options.wire_base)
    clock = SystemClock()
    machine = closing.enter_context(Machine(prepared.medium, prepared.options, clock))
    options.tell(f"booting Linux {made.version}")
    machine.wait_for_ssh(options.boot_deadline, lambda _: None)
    machine.qmp.close()  # QEMU serves one control connection at a time: the testbed's

    def connect() -> Connection:
        return Connection(
            Address("root", LOOPBACK, prepared.options.ssh_port),
            HostKeys(files=(), fingerprint=prepared.identity.fingerprint),
            identities=[prepared.login_key],
            read_only=options.read_only,
        )

    target = Target(connect, clock, PORTS)
    closing.callback(target.hang_up)
    if options.bench is not TestbedChoice.NONE:
        wiring = prepared.options.wiring
        target.testbed = closing.enter_context(
            UdpTestbed(
                clock,
                dict(enumerate(PORTS, 1)),
                nas_base=wiring.near,
                testbed_base=wiring.far,
                qmp=prepared.options.qmp,
                journal=target.journal,
            )
        )
    describe(target, url, read_facts(target.connection))
    system = f"{target.result.os} in a QEMU machine"
    target.describe(dataclasses.replace(target.result, os=system))
    return target

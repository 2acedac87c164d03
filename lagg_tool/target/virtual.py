"""``qemu:IMAGE``: a FreeBSD disk image, booted for this run."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path

from lagg_tool.clock import SystemClock
from lagg_tool.errors import UsageError
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.hostkeys import HostKeys
from lagg_tool.target.options import TargetOptions
from lagg_tool.target.remote import open_route
from lagg_tool.target.target import Target
from lagg_tool.testbed.qemu.image import open_image
from lagg_tool.testbed.qemu.machine import Machine, MachineOptions, Wiring
from lagg_tool.testbed.qemu.vm import cache_directory, free_tcp_port
from lagg_tool.testbed.udp import LOOPBACK, NAS_BASE, TESTBED_BASE
from lagg_tool.user import expanded


def open_url(url: str, options: TargetOptions, closing: contextlib.ExitStack) -> Target:
    """Boot an image and connect to it; the machine ends with the target.

    Raises UsageError, and TargetError if it does not answer SSH in time.
    """
    image = expanded(Path(url.removeprefix("qemu:")))
    if options.qmp is not None:
        raise UsageError(f"--qmp: {url} has a QMP socket of its own; --qmp is for ssh://")
    disk = open_image(image, cache_directory(), options.image_checksum)
    directory = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lagg-tool-")))
    bases = options.wire_base or (NAS_BASE, TESTBED_BASE)
    machine_options = MachineOptions(
        directory, free_tcp_port(), Wiring(*bases), memory_mib=options.memory_mib
    )
    machine = closing.enter_context(Machine(disk.words, machine_options, SystemClock()))
    options.tell(f"booting {image} with {machine.accelerator}")
    machine.wait_for_ssh(options.boot_deadline, lambda line: options.tell(f"console: {line}"))
    machine.qmp.close()  # QEMU serves one control connection at a time: the testbed's
    host_keys = options.host_keys
    if host_keys.fingerprint is None:
        # The machine's key is not known yet, and only it listens on its loopback port.
        known = directory / "known_hosts"
        host_keys = HostKeys(files=(known,), accept_new=known)
    reached = replace(options, host_keys=host_keys, wire_base=bases, qmp=machine_options.qmp)
    address = Address("root", LOOPBACK, machine_options.ssh_port)
    target = open_route(url, address, reached, closing)
    options.tell(f"host key {target.connection.fingerprint} is this machine's own; accepted")
    return target

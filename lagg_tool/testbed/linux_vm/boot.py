"""Booting a Linux machine: QEMU's options for it, and the keys that it gets on its way."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.clock import Clock
from lagg_tool.errors import UnreachableError
from lagg_tool.testbed.linux_vm.cache import Bootable, get
from lagg_tool.testbed.linux_vm.identity import Identity, make_identity
from lagg_tool.testbed.linux_vm.recipe import Edition
from lagg_tool.testbed.qemu.machine import MachineOptions, Wiring
from lagg_tool.testbed.qemu.vm import Boot, MachineRecord, free_tcp_port, place_of, start
from lagg_tool.whole_file import write_whole

PORTS = ("eth1", "eth2", "eth3", "eth4", "eth5", "eth6")
MEMORY_MIB = 256
# Without a speed a port sends no LACPDU; port 5 has another one, port 6 has none.
_NICS = (
    *("virtio-net-pci,speed=1000,duplex=full",) * 4,
    *("virtio-net-pci,speed=100,duplex=full", "virtio-net-pci"),
)
# The emulation is fast enough everywhere, and makes every run the same. Its buffer grows to
# more than a gigabyte where nothing bounds it.
_ACCELERATOR = "tcg,tb-size=128"
# no_timer_check: under load the emulated timer may fail the kernel's test of it. tsc: no change
# of the clock in the middle of a run, and no lines about it in dmesg.
_COMMAND_LINE = "console=ttyS0 quiet no_timer_check tsc=reliable mitigations=off panic=-1"
# Without what costs an emulation most, and the kernel's countermeasures: half the time for a
# command. Random numbers of its own save the kernel the wait for some at its start.
_CPU = "Nehalem,+rdrand"
_READY = "READY "
_LOWEST, _HIGHEST = 20000, 29000  # below what Linux gives to sockets by itself


@dataclass(frozen=True)
class Prepared:
    """A machine that is ready to boot, in a directory of its own."""

    medium: Sequence[str]  # QEMU's options for the kernel and its first root
    options: MachineOptions
    identity: Identity
    login_key: Path


def prepare(made: Bootable, directory: Path, wires: tuple[int, int] | None = None) -> Prepared:
    """Make the keys of a machine and its first root.

    Raises UnreachableError, and UsageError for a directory that cannot hold sockets.
    """
    options = MachineOptions(
        directory,
        free_tcp_port(),
        Wiring(*(wires or free_wires())),
        memory_mib=MEMORY_MIB,
        nics=_NICS,
        restricted=True,
        cpu=_CPU,
        accelerator=_ACCELERATOR,
        ready=_READY,
    )
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    login_key, initrd = directory / "id_ed25519", directory / "initrd"
    identity = make_identity(login_key)
    first = made.initrd.read_bytes()
    write_whole(initrd, first + b"\0" * (-len(first) % 4) + identity.archive, mode=0o600)
    medium = ["-kernel", str(made.kernel), "-initrd", str(initrd), "-append", _COMMAND_LINE]
    medium += ["-no-reboot", "-vga", "none"]
    return Prepared(medium, options, identity, login_key)


def up(
    edition: Edition,
    name: str,
    clock: Clock,
    progress: Callable[[str], None],
    *,
    wires: tuple[int, int] | None = None,
    deadline: float,
) -> MachineRecord:
    """Start a machine for people, and wait until it answers SSH. Raises as ``vm.start``."""
    directory = place_of(name)
    made = get(edition, progress)  # before there is a directory that a failure would leave
    prepared = prepare(made, directory, wires)
    known_hosts = directory / "known_hosts"
    port = prepared.options.ssh_port
    write_whole(known_hosts, f"[127.0.0.1]:{port} {prepared.identity.host_line}\n".encode())
    what = Boot(
        f"Linux {made.version}",
        prepared.medium,
        prepared.options,
        login_key=str(prepared.login_key),
        known_hosts=str(known_hosts),
        host_key=prepared.identity.fingerprint,
    )
    return start(name, what, clock, progress, deadline)


def free_wires() -> tuple[int, int]:
    """Return bases of UDP ports that nobody uses now. Raises UnreachableError."""
    width = len(PORTS) + 1
    bases = list(range(_LOWEST, _HIGHEST, 2 * width))
    random.shuffle(bases)
    for base in bases:
        if all(_is_free(number) for number in range(base, base + 2 * width)):
            return base, base + width
    raise UnreachableError("no free UDP ports for the cables of a machine; give --wire-base A:B")


def _is_free(number: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True

"""A virtual machine as the NAS under test: QEMU started, watched and ended.

The machine has a management NIC behind QEMU's user network with SSH forwarded to a
loopback port, and test NICs n1 to n6 whose cables are UDP sockets on loopback, one
datagram per frame (``-netdev dgram``): NIC i sends from port A+i to port B+i. What a machine
writes is gone when it ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lagg_tool.clock import Clock
from lagg_tool.errors import LaggToolError, UnreachableError, UsageError
from lagg_tool.testbed.qemu.accelerator import QEMU, choose
from lagg_tool.testbed.qemu.image import option_value
from lagg_tool.testbed.qemu.qmp import QmpClient
from lagg_tool.whole_file import write_whole

PR_SET_PDEATHSIG = 1  # Linux prctl(2)
_PATIENCE = 60.0  # seconds; QEMU begins within one, but this machine may be busy
_SOCKET_PATH = 107  # Linux unix(7): sun_path has 108 bytes, with the NUL
MAC_PREFIX = "52:54:00:aa:00:"

# A console also moves the cursor and paints: ECMA-48's control sequences, and control characters.
_CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])|[\x00-\x09\x0b-\x1f\x7f]")

# Ports 1 to 4 are virtio, 5 and 6 are Intel, as on the hosts of the recordings.
TEST_NICS = ("virtio-net-pci",) * 4 + ("e1000",) * 2


@dataclass(frozen=True)
class Wiring:
    """Where the machine's cables end: NAS port i is at ``near + i``, the testbed at ``far + i``."""

    near: int
    far: int


@dataclass(frozen=True)
class MachineOptions:
    """How to start a machine; ``directory`` holds its sockets and its console's log.

    ``nics`` are QEMU's names of the test NICs' devices, with their properties. A ``restricted``
    machine reaches nothing by its management NIC.
    """

    directory: Path
    ssh_port: int
    wiring: Wiring
    ports: int = 6
    memory_mib: int = 1024
    boot_port: int | None = None  # boot from this test NIC's option ROM instead of a disk
    nics: tuple[str, ...] = TEST_NICS
    restricted: bool = False
    cpu: str = "max"
    ready: str = ""  # what the console prints before SSH answers, if that is known
    accelerator: str | None = None  # QEMU's words for it; else the better of its kinds here

    def __post_init__(self) -> None:
        if not 1 <= self.ports <= len(self.nics):
            raise UsageError(f"ports = {self.ports}: a machine has 1 to {len(self.nics)} test NICs")
        if self.memory_mib < 64:
            raise UsageError(f"--memory {self.memory_mib}: MiB, at least 64; FreeBSD wants 512")
        if len(os.fsencode(self.console)) > _SOCKET_PATH:  # the longer of the two
            raise UsageError(
                f"{self.console}: the path of a socket has at most {_SOCKET_PATH} bytes; set "
                "XDG_STATE_HOME (vm up) or TMPDIR (accept) to a directory with a shorter path"
            )

    @property
    def qmp(self) -> Path:
        """The QMP socket."""
        return self.directory / "qmp.sock"

    @property
    def console(self) -> Path:
        """The serial console's socket."""
        return self.directory / "console.sock"

    @property
    def console_log(self) -> Path:
        """All that the serial console printed."""
        return self.directory / "console.log"


def _test_nic(port: int, options: MachineOptions) -> list[str]:
    near, far = options.wiring.near + port, options.wiring.far + port
    backend = (
        f"dgram,id=t{port},local.type=inet,local.host=127.0.0.1,local.port={near},"
        f"remote.type=inet,remote.host=127.0.0.1,remote.port={far}"
    )
    boot = "bootindex=0" if port == options.boot_port else "romfile="
    device = f"{options.nics[port - 1]},netdev=t{port},id=n{port},mac={MAC_PREFIX}{port:02x},{boot}"
    return ["-netdev", backend, "-device", device]


def command_line(medium: Sequence[str], options: MachineOptions, accelerator: str) -> list[str]:
    """Return the whole argv; ``medium`` are QEMU's options for what is booted, if anything is."""
    argv = [QEMU, "-nodefaults", "-no-user-config", "-machine", "q35"]
    argv += ["-accel", accelerator, "-cpu", options.cpu]
    argv += ["-smp", "1", "-m", str(options.memory_mib), "-display", "none"]
    argv += ["-device", "virtio-rng-pci"]
    argv += ["-qmp", f"unix:{option_value(options.qmp)},server=on,wait=off"]
    console, log = option_value(options.console), option_value(options.console_log)
    argv += ["-chardev", f"socket,id=console,path={console},server=on,wait=off,logfile={log}"]
    argv += ["-serial", "chardev:console"]
    argv += medium
    limits = ",restrict=on" if options.restricted else ""
    argv += ["-netdev", f"user,id=mgmt{limits},hostfwd=tcp:127.0.0.1:{options.ssh_port}-:22"]
    argv += ["-device", f"virtio-net-pci,netdev=mgmt,id=n0,mac={MAC_PREFIX}00,romfile="]
    for port in range(1, options.ports + 1):
        argv += _test_nic(port, options)
    return argv


def readable(console: str) -> list[str]:
    """Return the lines of a console that say something, without what paints them."""
    lines = (line.strip() for line in _CONTROL.sub("", console).splitlines())
    return [line for line in lines if line]


def _die_with_parent() -> None:
    """Ask Linux to end QEMU when the process that started it dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """A running QEMU; ``stop`` ends it, and it ends by itself when this process does."""

    def __init__(
        self, medium: Sequence[str], options: MachineOptions, clock: Clock, outlive: bool = False
    ) -> None:
        if shutil.which(QEMU) is None:
            raise UsageError(f"{QEMU} is not installed; on Debian: apt-get install qemu-system-x86")
        self.options = options
        self._medium = medium
        self._clock = clock
        self._outlive = outlive
        self._log = options.directory / "qemu.log"
        self._qmp: QmpClient | None = None
        options.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.accelerator = options.accelerator or choose().value
        write_whole(self._log, b"\n")  # what QEMU says of a full disk would not be kept on it
        self._process = self._started()
        try:
            self._connect()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """QEMU's process identifier."""
        return self._process.pid

    @property
    def qmp(self) -> QmpClient:
        """The control connection."""
        if self._qmp is None:
            raise UnreachableError("the virtual machine is not running")
        return self._qmp

    def check(self) -> None:
        """Raise UsageError with QEMU's own words when it ended, UnreachableError when it hangs."""
        self._raise_if_ended()
        if self.qmp.execute("query-status")["status"] == "internal-error":
            raise UnreachableError(
                f"the machine stopped with an internal error of {self.accelerator}; "
                f"QEMU said: {self._said()}"
            )

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - argv of our own making
                command_line(self._medium, self.options, self.accelerator),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # Between fork and exec only prctl(2) is called, which is safe with threads.
                preexec_fn=None if self._outlive else _die_with_parent,  # noqa: PLW1509
            )

    def _connect(self) -> None:
        if not self._clock.wait_until(self._listening, self._clock.now() + _PATIENCE):
            raise UnreachableError(f"{QEMU} did not open its control socket within a minute")
        try:
            self._qmp = QmpClient(self.options.qmp)
        except UnreachableError:
            # QEMU opens its control socket before it looks at the disk.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            self._raise_if_ended()
            raise

    def _listening(self) -> bool:
        self._raise_if_ended()
        self._clock.call_at(self._clock.now() + 0.02, lambda: None)  # look again soon
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            return self.options.qmp.exists() and probe.connect_ex(str(self.options.qmp)) == 0

    def _said(self) -> str:
        return self._log.read_text(errors="replace").strip() or "it said nothing"

    def _raise_if_ended(self) -> None:
        if self._process.poll() is not None:
            raise UsageError(f"{QEMU} ended with status {self._process.returncode}: {self._said()}")

    def last_console_lines(self, count: int = 15) -> str:
        """Return the last lines that the serial console printed."""
        if not self.options.console_log.exists():
            return ""
        text = self.options.console_log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(readable(text)[-count:])

    def wait_for_ssh(self, deadline: float, progress: Callable[[str], None]) -> None:
        """Wait until something on the forwarded port says ``SSH-``.

        ``deadline`` in seconds from now; ``progress`` gets the newest console line.
        Raises UnreachableError with the last console lines.
        """
        shown = ""
        end = self._clock.now() + deadline

        def answered() -> bool:
            nonlocal shown
            self.check()
            lines = self.last_console_lines(1)
            if lines and lines != shown:
                shown = lines
                progress(lines)
            self._clock.call_at(self._clock.now() + 0.5, lambda: None)
            return self.options.ready in self.last_console_lines(1) and self._ssh_banner()

        if not self._clock.wait_until(answered, end):
            raise UnreachableError(
                f"the machine did not answer SSH within {deadline:.0f} seconds; "
                f"its console ended with:\n{self.last_console_lines() or '(nothing was printed)'}"
            )

    def _ssh_banner(self) -> bool:
        address = ("127.0.0.1", self.options.ssh_port)
        try:
            with socket.create_connection(address, timeout=2) as probe:
                return probe.recv(4) == b"SSH-"
        except OSError:
            return False

    def stop(self) -> None:
        """End QEMU: by QMP, then by signal. Idempotent."""
        if self._qmp is not None:
            with contextlib.suppress(LaggToolError):
                self._qmp.execute("quit")
            self._qmp.close()
            self._qmp = None
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for path in (self.options.qmp, self.options.console):
            path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

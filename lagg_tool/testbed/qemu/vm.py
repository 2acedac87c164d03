"""Virtual machines for people: ``lagg-tool vm up | status | console | down``.

A machine started so outlives the command. Its directory, one per name below the user's
state directory, says how to reach it; ``down`` and ``status`` need nothing else.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import selectors
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lagg_tool.clock import Clock
from lagg_tool.errors import LaggToolError, UsageError
from lagg_tool.own_command import own_command
from lagg_tool.testbed.qemu.image import open_image
from lagg_tool.testbed.qemu.machine import Machine, MachineOptions, Wiring
from lagg_tool.testbed.qemu.qmp import QmpClient
from lagg_tool.user import home
from lagg_tool.whole_file import write_whole

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
ESCAPE = b"\x1d"  # control-], as telnet and cu users expect


@dataclass(frozen=True)
class MachineRecord:
    """What vm.json says of a running machine."""

    name: str
    image: str
    pid: int
    accelerator: str
    ssh_port: int
    wire_base: str
    qmp: str
    console: str
    console_log: str
    login_key: str = ""  # of a machine that was made with one
    known_hosts: str = ""  # with its host key
    host_key: str = ""  # the fingerprint of that


def state_directory() -> Path:
    """Where machines keep their sockets and logs (XDG_STATE_HOME)."""
    base = os.environ.get("XDG_STATE_HOME") or str(home() / ".local" / "state")
    return Path(base) / "lagg_tool" / "vm"


def cache_directory() -> Path:
    """Where unpacked images are kept (XDG_CACHE_HOME)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(home() / ".cache")
    return Path(base) / "lagg_tool" / "images"


def free_tcp_port() -> int:
    """Return a loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _record_file(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"--name {name!r}: a machine's name has up to 32 letters, digits, dots, underscores "
            "and hyphens, and begins with a letter or a digit"
        )
    return state_directory() / name / "vm.json"


def _alive(record: MachineRecord) -> bool:
    """Whether something listens on its control socket.

    A pid alone could be another process by now, and a greeting does not come while a testbed
    holds the one control connection that QEMU serves.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(record.qmp) not in (errno.ECONNREFUSED, errno.ENOENT)


def _has_program(pid: int) -> bool:
    """Whether a process has not ended yet, which it does after its sockets are closed."""
    return os.path.exists(f"/proc/{pid}/exe")  # noqa: PTH110 - another user's is none of ours


def find(name: str) -> MachineRecord:
    """Return the record of a machine that was started. Raises UsageError."""
    try:
        fields = json.loads(_record_file(name).read_text(encoding="utf-8"))
        return MachineRecord(**fields)
    except FileNotFoundError:
        raise UsageError(
            f"no virtual machine named {name!r}; {own_command('vm', 'up', 'IMAGE')} starts one"
        ) from None
    except (ValueError, TypeError) as error:
        raise UsageError(f"{_record_file(name)}: not readable ({error}); remove it") from error


def status() -> list[tuple[MachineRecord, bool]]:
    """All machines that have a record, and whether each runs."""
    names = sorted(path.parent.name for path in state_directory().glob("*/vm.json"))
    return [(record, _alive(record)) for record in map(find, names)]


def up(
    image: Path,
    name: str,
    clock: Clock,
    progress: Callable[[str], None],
    *,
    wire_base: tuple[int, int] = (5100, 5200),
    deadline: float = 600.0,
    checksum: str | None = None,
    memory_mib: int = 1024,
) -> MachineRecord:
    """Start a machine from an image and wait until it answers SSH. Raises as ``start``."""
    directory = place_of(name)
    disk = open_image(image, cache_directory(), checksum)
    options = MachineOptions(directory, free_tcp_port(), Wiring(*wire_base), memory_mib=memory_mib)
    return start(name, Boot(str(image), disk.words, options), clock, progress, deadline)


def place_of(name: str) -> Path:
    """Return the directory of a machine to come. Raises UsageError when one runs there."""
    if _record_file(name).exists() and _alive(find(name)):
        raise UsageError(
            f"{name!r} runs already; {own_command('vm', 'down', '--name', name)} ends it"
        )
    return _record_file(name).parent


@dataclass(frozen=True)
class Boot:
    """What to start, by its name for people, and the keys of a machine that was made with some."""

    image: str
    medium: Sequence[str]  # QEMU's options for it
    options: MachineOptions
    login_key: str = ""
    known_hosts: str = ""
    host_key: str = ""


def start(
    name: str, what: Boot, clock: Clock, progress: Callable[[str], None], deadline: float
) -> MachineRecord:
    """Start a machine that outlives this process, and wait until it answers SSH.

    Raises UnreachableError with the last console lines when it does not come up; then nothing
    is left of it. Where this process is killed meanwhile, the machine has its record, and
    ``down`` ends it.
    """
    options = what.options
    machine: Machine | None = None
    try:
        machine = Machine(what.medium, options, clock, outlive=True)
        record = MachineRecord(
            name=name,
            image=what.image,
            pid=machine.pid,
            accelerator=machine.accelerator,
            ssh_port=options.ssh_port,
            wire_base=f"{options.wiring.near}:{options.wiring.far}",
            qmp=str(options.qmp),
            console=str(options.console),
            console_log=str(options.console_log),
            login_key=what.login_key,
            known_hosts=what.known_hosts,
            host_key=what.host_key,
        )
        write_whole(_record_file(name), json.dumps(asdict(record), indent=1).encode())
        progress(f"booting {what.image} with {record.accelerator}")
        machine.wait_for_ssh(deadline, lambda line: progress(f"console: {line}"))
    except BaseException:
        if machine is not None:
            machine.stop()
        shutil.rmtree(options.directory, ignore_errors=True)
        raise
    return record


def down(name: str, clock: Clock) -> None:
    """End a machine and remove its directory."""
    record = find(name)
    if _alive(record):
        with contextlib.suppress(LaggToolError):
            client = QmpClient(Path(record.qmp))
            client.execute("quit")
            client.close()

        def ended() -> bool:
            clock.call_at(clock.now() + 0.05, lambda: None)  # look again soon
            return not _alive(record) and not _has_program(record.pid)

        if not clock.wait_until(ended, clock.now() + 10) and _alive(record):
            os.kill(record.pid, signal.SIGKILL)
    shutil.rmtree(_record_file(name).parent)


def console(name: str) -> None:
    """Join the terminal to the machine's serial console until control-] or end of input."""
    record = find(name)
    if sys.stdin is None:
        raise UsageError("console: standard input is closed; run it at a terminal")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(record.console)
        except OSError as error:
            raise UsageError(f"{name!r} does not run ({error.strerror})") from error
        _relay(line)


def _relay(line: socket.socket) -> None:
    selector = selectors.SelectSelector()  # that of the system takes no file
    selector.register(line, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is line:
                output = line.recv(4096)
                if not output:
                    return
                sys.stdout.buffer.write(output)
                sys.stdout.buffer.flush()
            else:
                typed = os.read(sys.stdin.fileno(), 1024)
                if not typed or ESCAPE in typed:
                    return
                line.sendall(typed)

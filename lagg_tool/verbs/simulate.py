"""``lagg-tool simulate``: the simulated NAS in real time, wired like a QEMU machine."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import tempfile
from pathlib import Path
from typing import Self

from lagg_tool.clock import SystemClock
from lagg_tool.errors import UsageError
from lagg_tool.simulator.faults import find, inject
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.outside.management import reachable
from lagg_tool.simulator.outside.monitor import QmpServer
from lagg_tool.simulator.outside.wires import LOOPBACK, PORTS, UdpWires
from lagg_tool.simulator.release import FREEBSD_13_2, RELEASES
from lagg_tool.simulator.server.execution import machine
from lagg_tool.simulator.server.ssh import SshServer, generate_key, load_key, public_line
from lagg_tool.simulator.system.users import LOGINS
from lagg_tool.verbs import numbers

WIRE_BASES = "5100:5200"
_HIGHEST_BASE = 65535 - PORTS[-1]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``simulate``."""
    add = parser.add_argument
    add(
        "--ssh-port",
        type=numbers.port,
        default=0,
        metavar="PORT",
        help="listen here; 0: a free port",
    )
    add("--authorized-key", type=Path, metavar="FILE", help="public keys that may log in")
    add("--host-key", type=Path, metavar="FILE", help="private host key; made if it is missing")
    add("--wire-base", default=WIRE_BASES, metavar="A:B", help="UDP ports of NAS and bench")
    add("--qmp", type=Path, metavar="PATH", help="Unix socket that switches links")
    add("--os", default=FREEBSD_13_2.name, choices=sorted(RELEASES), help="the release to simulate")
    add("--fault", action="append", metavar="NAME", help="make the NAS wrong in one named way")
    add("--seed", type=numbers.whole, default=0, metavar="N", help="of the kernel's random numbers")


def run(options: argparse.Namespace) -> int:
    """Run until interrupted or told to quit over QMP; returns 0.

    Prints one line of JSON with the addresses of everything that listens. Raises UsageError.
    """
    faults = [find(name).name for name in options.fault or ()]
    with contextlib.ExitStack() as closing:
        stop = closing.enter_context(StopSignal())
        directory = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lagg-tool-")))
        nas_base, bench_base = wire_bases(options.wire_base)
        authorized, identity = _client_keys(options.authorized_key, directory)
        nas = SimulatedNas(SystemClock(), RELEASES[options.os], options.seed)
        inject(nas, faults)
        server = closing.enter_context(
            SshServer(
                machine(nas),
                host_key=load_key(_host_key(options.host_key)),
                authorized=authorized,
                reachable=lambda: reachable(nas),
                address=(LOOPBACK, options.ssh_port),
                users=LOGINS,
            )
        )
        nas.on_reboot = server.drop_connections
        closing.enter_context(UdpWires(nas, nas_base, bench_base))
        if options.qmp is not None:
            closing.enter_context(QmpServer(nas, options.qmp, stop.set))
        print(json.dumps(_description(options, server, identity, nas_base, bench_base)), flush=True)
        stop.wait()
    return 0


class StopSignal:
    """Ends the simulation: SIGINT, SIGTERM, or ``set`` from any thread. It is a socket.

    A lock would not do. Python runs a handler in the main thread only, and does not wake it
    when the signal came to another thread, or a moment before it fell asleep.
    """

    def __enter__(self) -> Self:
        self._receiver, self._sender = socket.socketpair()
        self._sender.setblocking(False)
        self._before = signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: None)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._before)
        self._receiver.close()
        self._sender.close()

    def set(self) -> None:
        """End the simulation; from any thread."""
        with contextlib.suppress(BlockingIOError):  # the socket is full of signals already
            self._sender.send(b"q")

    def wait(self) -> None:
        """Return when a signal has come, or ``set`` was called."""
        self._receiver.recv(1)


def _description(
    options: argparse.Namespace,
    server: SshServer,
    identity: Path | None,
    nas_base: int,
    bench_base: int,
) -> dict[str, object]:
    host, port = server.address
    return {
        "url": f"ssh://root@{host}:{port}",
        "ssh": {
            "host": host,
            "port": port,
            "host_key": server.fingerprint,
            "identity": None if identity is None else str(identity),
            "users": list(LOGINS),
        },
        "wire": {
            "base": f"{nas_base}:{bench_base}",
            "nas": [f"{LOOPBACK}:{nas_base + number}" for number in PORTS],
            "bench": [f"{LOOPBACK}:{bench_base + number}" for number in PORTS],
        },
        "qmp": None if options.qmp is None else str(options.qmp),
        "os": options.os,
        "seed": options.seed,
        "faults": options.fault or [],
        "pid": os.getpid(),
    }


def wire_bases(text: str) -> tuple[int, int]:
    """Read ``A:B``. Raises UsageError."""
    parts = text.split(":")
    numbers = [int(part) for part in parts if re.fullmatch("[0-9]{1,5}", part)]
    if len(parts) != 2 or len(numbers) != 2:
        raise UsageError(f"--wire-base {text!r}: write A:B, two UDP ports such as {WIRE_BASES}")
    if max(numbers) > _HIGHEST_BASE or abs(numbers[0] - numbers[1]) < len(PORTS):
        raise UsageError(
            f"--wire-base {text!r}: ports {PORTS[0]} to {PORTS[-1]} are added to each; they "
            f"must stay below 65536 and apart, as with {WIRE_BASES}"
        )
    return numbers[0], numbers[1]


def _client_keys(file: Path | None, directory: Path) -> tuple[list[str], Path | None]:
    """Return the public keys that may log in, and the private one if it was made here."""
    if file is None:
        key = generate_key()
        identity = directory / "id_ed25519"
        _write_private(identity, key)
        return [public_line(load_key(key))], identity
    lines = [line.strip() for line in _text("--authorized-key", file).splitlines()]
    return [line for line in lines if line and not line.startswith("#")], None


def _host_key(file: Path | None) -> str:
    if file is None:
        return generate_key()
    if not file.exists():
        _write_private(file, generate_key())
    return _text("--host-key", file)


def _write_private(file: Path, text: str) -> None:
    try:
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(text)
    except OSError as error:
        raise UsageError(f"{file}: cannot write a key: {error.strerror}") from error


def _text(option: str, file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text"
        raise UsageError(f"{option} {file}: {reason}") from error

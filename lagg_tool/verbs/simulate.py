"""``lagg-tool simulate``: the simulated NAS in real time, wired like a QEMU machine.

Somebody at a terminal gets lines to copy; a program gets one line of JSON. Without a bench at
the wires (``--wire-base``), a neighbour answers on them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shlex
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from lagg_tool import numbers
from lagg_tool.clock import SystemClock
from lagg_tool.errors import UsageError
from lagg_tool.own_command import own_command, own_directory
from lagg_tool.signals import handling
from lagg_tool.simulator.faults import find, inject
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.outside.management import reachable
from lagg_tool.simulator.outside.monitor import QmpServer
from lagg_tool.simulator.outside.wires import LOOPBACK, PORTS, UdpWires
from lagg_tool.simulator.release import FREEBSD_13_2, RELEASES
from lagg_tool.simulator.server.execution import machine
from lagg_tool.simulator.server.keys import generate_key, load_key, public_line
from lagg_tool.simulator.server.ssh import SshServer
from lagg_tool.simulator.system.pace import PACES, USUAL
from lagg_tool.simulator.system.users import LOGINS
from lagg_tool.ssh.config import VARIABLE
from lagg_tool.target.simulated import PORTS as TEST_PORTS
from lagg_tool.testbed.memory import LATENCY
from lagg_tool.testbed.partner.neighbour import IPV4, IPV6, Neighbour
from lagg_tool.verbs.cable import DIRECTORY_PREFIX, MONITOR
from lagg_tool.whole_file import read_whole, write_whole

WIRE_BASES = "5100:5200"
_STEP = 200  # from one pair of bases to the next that is tried
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
    add("--wire-base", metavar="A:B", help="UDP ports of NAS and bench; else free ones")
    add(
        "--neighbour",
        choices=["host", "lacp", "none"],
        help=f"who is on the cables: a host that answers pings ({IPV4}), one behind "
        "an LACP partner, or nobody; host, but nobody with --wire-base",
    )
    add("--qmp", type=Path, metavar="PATH", help="Unix socket that switches links")
    add("--os", default=FREEBSD_13_2.name, choices=sorted(RELEASES), help="the release to simulate")
    add("--fault", action="append", metavar="NAME", help="make the NAS wrong in one named way")
    add(
        "--pace",
        default=USUAL.name,
        choices=list(PACES),
        help="how long its programs take; emulated: as on a host whose processor is emulated",
    )
    add("--seed", type=numbers.whole, default=0, metavar="N", help="of the kernel's random numbers")
    add("--json", action="store_true", help="print one line of JSON, as for a pipe")
    parser.epilog = (
        "example: lagg-tool simulate --neighbour lacp; in another terminal, "
        "`lagg-tool cable 1 down` pulls the cable of vtnet1, `lagg-tool cable 1 up` puts it back"
    )


def run(options: argparse.Namespace) -> int:
    """Run until interrupted or told to quit over QMP; returns 0.

    Prints how to reach it: for a person, or as one line of JSON. Raises UsageError.
    """
    faults = [find(name).name for name in options.fault or ()]
    with contextlib.ExitStack() as closing:
        stop = closing.enter_context(StopSignal())
        directory = Path(
            closing.enter_context(tempfile.TemporaryDirectory(prefix=DIRECTORY_PREFIX))
        )
        authorized, identity = _client_keys(options.authorized_key, directory)
        host_key = _host_key(options.host_key)
        nas = SimulatedNas(SystemClock(), RELEASES[options.os], options.seed, PACES[options.pace])
        inject(nas, faults)
        server = closing.enter_context(
            SshServer(
                machine(nas),
                host_key=load_key(host_key),
                authorized=authorized,
                reachable=lambda: reachable(nas),
                address=(LOOPBACK, options.ssh_port),
                users=LOGINS,
            )
        )
        nas.on_reboot = server.drop_connections
        neighbour = _neighbour_of(options, nas)
        wires, bases = _wires(nas, options.wire_base, neighbour)
        closing.enter_context(wires)
        options.qmp = options.qmp or directory / MONITOR
        closing.enter_context(QmpServer(nas, options.qmp, stop.set))
        said = _description(options, server, identity, *bases)
        config = _ssh_config(directory, said, host_key)
        environment = _environment(config)
        if options.json or not sys.stdout.isatty():
            print(json.dumps(said), flush=True)
        else:
            print(instructions(said, config, environment, neighbour), flush=True)
        stop.wait()
    return 0


def _neighbour_of(options: argparse.Namespace, nas: SimulatedNas) -> Neighbour | None:
    kind = options.neighbour or ("none" if options.wire_base else "host")
    if kind == "none":
        return None

    def transmit(port: int, frame: bytes) -> None:
        nas.clock.call_at(nas.clock.now() + LATENCY, lambda: nas.receive(port, frame))

    return Neighbour(nas.clock, PORTS, transmit, lacp=kind == "lacp")


def _wires(
    nas: SimulatedNas, given: str | None, neighbour: Neighbour | None
) -> tuple[UdpWires, tuple[int, int]]:
    """Lay the cables on the given UDP ports, or on the first free ones; return their bases."""
    bases = wire_bases(given or WIRE_BASES)
    while True:
        try:
            return UdpWires(nas, *bases, neighbour), bases
        except UsageError:
            bases = (bases[0] + _STEP, bases[1] + _STEP)
            if given or max(bases) > _HIGHEST_BASE:
                raise


def instructions(
    said: Mapping[str, Any], ssh_config: Path, environment: Path, neighbour: Neighbour | None
) -> str:
    """Return what ``simulate`` prints at a terminal: lines to copy into another one."""
    ssh = said["ssh"]
    way = ["--target", said["url"], "--host-key", ssh["host_key"]]
    if ssh["identity"]:
        way += ["--identity", ssh["identity"]]
    monitor = ["--qmp", said["qmp"]]
    lines = [
        f"A simulated NAS runs ({said['os']}). Cables 1 to {len(TEST_PORTS)} lead to",
        f"{' '.join(TEST_PORTS)}; vtnet0 is the way in. Ctrl-C ends it. In another terminal:",
        "",
        f"  {own_command('show', *way)}",
        f"  {shlex.join(['ssh', '-F', str(ssh_config), 'nas'])}",
        f"  {own_command('cable', '1', 'down', *monitor)}",
        "",
        "After this line the commands of the tutorial and the how-tos work as they stand:",
        "",
        f"  {shlex.join(['.', str(environment)])}",
        "",
    ]
    if neighbour is None:
        lines.append(
            f"Nobody is on the cables; a bench finds them with --wire-base {said['wire']['base']}."
        )
    else:
        lines.append(f"{IPV4} and {IPV6} answer on every cable.")
    return "\n".join(lines)


def _ssh_config(directory: Path, said: Mapping[str, Any], host_key: str) -> Path:
    """Write what OpenSSH needs to log in with ``ssh -F FILE nas``."""
    ssh = said["ssh"]
    known_hosts = directory / "known_hosts"
    known = f"[{ssh['host']}]:{ssh['port']} {public_line(load_key(host_key))}\n"
    write_whole(known_hosts, known.encode())
    lines = [
        "Host nas",
        f"HostName {ssh['host']}",
        f"Port {ssh['port']}",
        "User root",
        f'UserKnownHostsFile "{known_hosts}"',
        "StrictHostKeyChecking yes",
    ]
    if ssh["identity"]:
        lines += [f'IdentityFile "{ssh["identity"]}"', "IdentitiesOnly yes"]
    config = directory / "ssh_config"
    write_whole(config, ("\n".join(lines) + "\n").encode())
    return config


def _environment(config: Path) -> Path:
    """Write what a shell reads to find this tool, and the simulated NAS where pages say "nas"."""
    lines = [
        "export LAGG_TOOL_TARGET=ssh://root@nas",
        f"export {VARIABLE}={shlex.quote(str(config))}",
        f'ssh() {{ command ssh -F {shlex.quote(str(config))} "$@"; }}',
    ]
    if (directory := own_directory()) is not None:
        lines.append(f"export PATH={shlex.quote(str(directory))}:$PATH")
    file = config.with_name("environment")
    write_whole(file, ("\n".join(lines) + "\n").encode())
    return file


class StopSignal:
    """Ends the simulation: SIGINT, SIGTERM, SIGHUP, or ``set`` from any thread. It is a socket.

    A lock would not do. Python runs a handler in the main thread only, and does not wake it
    when the signal came to another thread, or a moment before it fell asleep.
    """

    def __enter__(self) -> Self:
        self._receiver, self._sender = socket.socketpair()
        self._sender.setblocking(False)
        self._before = signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        ends = dict.fromkeys((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), lambda *_: None)
        self._closing = contextlib.ExitStack()
        self._closing.enter_context(handling(ends))
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()
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
        "qmp": str(options.qmp),
        "os": options.os,
        "seed": options.seed,
        "pace": options.pace,
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
        write_whole(file, text.encode(), mode=0o600, new=True)
    except OSError as error:
        raise UsageError(f"{file}: cannot write a key: {error.strerror}") from error


def _text(option: str, file: Path) -> str:
    try:
        return read_whole(file).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text"
        raise UsageError(f"{option} {file}: {reason}") from error

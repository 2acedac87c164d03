"""The NAS under test, by its URL: what runs commands there, and what stands at its ports.

::

    sim:[?os=NAME&fault=NAME&seed=N]   a simulated NAS in this process, on a virtual clock,
                                       behind a real SSH server on loopback; user=NAME logs
                                       in as another than root
    ssh://user@host[:port]             a host, simulated or real, with UDP wires if given,
                                       or with epair(4) cables of its own
    qemu:IMAGE                         a FreeBSD disk image, booted on an overlay that is
                                       gone when the target is closed

A target is a context manager that leaves nothing behind. Whatever runs through it is in its
journal.
"""

from __future__ import annotations

import contextlib
import enum
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import parse_qsl

from lagg_tool.claims.releases import release_of
from lagg_tool.clock import Clock, SystemClock, VirtualClock
from lagg_tool.command import Command, Completed, Runner, read
from lagg_tool.errors import RefusedError, UsageError
from lagg_tool.evidence import (
    SIMULATED_SERVER,
    CommandEvent,
    Journal,
    Provenance,
    TargetResult,
)
from lagg_tool.ifconfig import parse as parse_ifconfig
from lagg_tool.nas.freebsd.observation import FreeBSDHost
from lagg_tool.simulator.faults import inject
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.outside.management import reachable
from lagg_tool.simulator.release import FREEBSD_13_2, RELEASES
from lagg_tool.simulator.server.execution import machine
from lagg_tool.simulator.server.ssh import SshServer, generate_key, load_key, public_line
from lagg_tool.simulator.system.users import LOGINS
from lagg_tool.ssh.address import Address, parse
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from lagg_tool.testbed.contract import Testbed
from lagg_tool.testbed.epair.testbed import EpairTestbed
from lagg_tool.testbed.memory import MemoryTestbed
from lagg_tool.testbed.qemu.image import open_image
from lagg_tool.testbed.qemu.machine import MAC_PREFIX, TEST_NICS, Machine, MachineOptions, Wiring
from lagg_tool.testbed.qemu.vm import cache_directory, free_tcp_port
from lagg_tool.testbed.udp import BENCH_BASE, LOOPBACK, NAS_BASE, UdpTestbed

FORMS = "sim:, sim:?os=…&fault=…&seed=…&user=…, ssh://user@host[:port], or qemu:IMAGE"
SIMULATED_PORTS = ("vtnet1", "vtnet2", "vtnet3", "vtnet4", "em0", "em1")
# Interfaces that ifconfig makes; what is left of "ether" ones are network cards.
_CLONED = re.compile(r"(lagg|vlan|bridge|epair|tap|tun|lo|vmnet|gif|gre|wlan|usbus)\d*[ab]?")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class TestbedChoice(enum.Enum):
    """What is to stand at the test ports."""

    WIRES = "wires"  # what the target has: memory, UDP, or nothing
    EPAIR = "epair"  # the host itself
    BEST = "best"  # wires if there are any, otherwise the host itself if it can


@dataclass(frozen=True)
class TargetOptions:
    """What the command line says beyond the URL; the last ones are of ``qemu:`` alone."""

    identities: tuple[Path, ...] = ()
    agent: bool = False
    host_keys: HostKeys = field(default_factory=HostKeys)
    ports: tuple[str, ...] = ()  # the NAS's names of the test ports; found out if not given
    wire_base: tuple[int, int] | None = None  # A and B of the UDP wires
    qmp: Path | None = None
    read_only: bool = False
    bench: TestbedChoice = TestbedChoice.WIRES
    image_checksum: str | None = None  # sha256:HEX or sha512:HEX
    memory_mib: int = 1024
    boot_deadline: float = 600.0  # seconds until the machine must answer SSH
    tell: Callable[[str], None] = _tell  # takes progress, a line at a time


class Target:
    """A NAS under test; what it runs, sends and receives is in its journal.

    ``connect`` makes one more connection to it, which the caller closes, and which
    journals nothing. ``simulated`` is the machine itself where there is one in this process.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        clock: Clock,
        journal: Journal,
        ports: tuple[str, ...] = (),
    ) -> None:
        self.connect = connect
        self.clock = clock
        self.journal = journal
        self.bench: Testbed | None = None
        self.ports = ports
        self.simulated: SimulatedNas | None = None
        self._closing = contextlib.ExitStack()
        self._result: TargetResult | None = None
        self._connection = connect()

    @property
    def connection(self) -> Connection:
        """The connection itself: what runs there is not journalled."""
        return self._connection

    @property
    def result(self) -> TargetResult:
        """What is tested, as results.json says it."""
        if self._result is None:
            raise UsageError("the target is not open")
        return self._result

    def own(self, closing: contextlib.ExitStack) -> None:
        """Let ``close`` close these."""
        self._closing = closing

    def describe(self, result: TargetResult) -> None:
        """Say what is tested."""
        self._result = result

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        """Run a command on the NAS. Raises TargetError."""
        at = self.clock.now()
        done = self._connection.run(command, deadline)
        self._emit(at, done, self.clock.now() - at)
        return done

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        """Run commands one after the other in one exec. Raises TargetError."""
        at = self.clock.now()
        answers = self._connection.run_batch(commands, deadline)
        each = (self.clock.now() - at) / max(len(answers), 1)
        for number, done in enumerate(answers):
            self._emit(at + number * each, done, each)
        return answers

    def reconnect(self) -> None:
        """Replace the connection, after a reboot or a loss. Raises TargetError."""
        self.hang_up()
        self._connection = self.connect()

    def hang_up(self) -> None:
        """Close the connection, and nothing else."""
        self._connection.close()

    def close(self) -> None:
        """End everything that belongs to the target."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _emit(self, at: float, done: Completed, seconds: float) -> None:
        text = done.command.text
        self.journal.emit(CommandEvent(at, text, done.status, done.stdout, done.stderr, seconds))


def open_target(
    url: str, options: TargetOptions | None = None, journal: Journal | None = None
) -> Target:
    """Connect to a target, and start it if it is a simulated one.

    Raises UsageError for a URL that cannot be, TargetError when there is no way to it.
    """
    options = options or TargetOptions()
    journal = journal or Journal()
    with contextlib.ExitStack() as closing:
        if url.partition("?")[0] == "sim:":
            target = _simulated(url, options, journal, closing)
        elif url.startswith("ssh:"):
            target = _remote(url, parse(url), options, journal, closing)
        elif url.startswith("qemu:"):
            target = _virtual(url, options, journal, closing)
        else:
            raise UsageError(f"--target {url!r}: no such kind of target; write {FORMS}")
        target.own(closing.pop_all())
    return target


def _simulated(
    url: str, options: TargetOptions, journal: Journal, closing: contextlib.ExitStack
) -> Target:
    release, faults, seed, user = _parameters(url)
    clock = VirtualClock()
    nas = SimulatedNas(clock, RELEASES[release], seed)
    inject(nas, faults)
    key = generate_key()
    directory = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lagg-tool-")))
    identity = directory / "id_ed25519"
    identity.touch(mode=0o600)
    identity.write_text(key)
    server = closing.enter_context(
        SshServer(
            machine(nas),
            host_key=load_key(generate_key()),
            authorized=[public_line(load_key(key))],
            reachable=lambda: reachable(nas),
            users=LOGINS,
        )
    )
    nas.on_reboot = server.drop_connections

    def connect() -> Connection:
        return Connection(
            Address(user, *server.address),
            HostKeys(files=(), fingerprint=server.fingerprint),
            identities=[identity],
            read_only=options.read_only,
        )

    target = Target(connect, clock, journal, options.ports or SIMULATED_PORTS)
    closing.callback(target.hang_up)
    target.simulated = nas
    if options.bench is TestbedChoice.EPAIR:
        _stand_epairs(target, closing)
        _describe(target, url, release)
        return target
    names = dict(enumerate(target.ports, 1))
    cables = {number: _cable(name) for number, name in names.items()}
    target.bench = closing.enter_context(MemoryTestbed(nas, clock, names, journal, cables))
    _describe(target, url, release, {"faults": ", ".join(faults)} if faults else {})
    return target


def _cable(name: str) -> int:
    if name not in SIMULATED_PORTS:
        known = ", ".join(SIMULATED_PORTS)
        raise UsageError(f"--ports: the simulated NAS has no port {name!r}, but {known}")
    return SIMULATED_PORTS.index(name) + 1


def _parameters(url: str) -> tuple[str, list[str], int, str]:
    """Return release, faults, seed and user of a sim: URL. Raises UsageError."""
    pairs = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    given = dict(pairs)
    unknown = set(given) - {"os", "fault", "seed", "user"}
    if unknown:
        raise UsageError(f"--target {url}: no parameter {min(unknown)!r}; write {FORMS}")
    release = given.get("os", FREEBSD_13_2.name)
    if release not in RELEASES:
        raise UsageError(f"--target {url}: os is one of {', '.join(RELEASES)}, not {release!r}")
    seed = given.get("seed", "0")
    if not seed.isdecimal():
        raise UsageError(f"--target {url}: seed is a number, not {seed!r}")
    user = given.get("user", LOGINS[0])
    if user not in LOGINS:
        raise UsageError(f"--target {url}: user is one of {', '.join(LOGINS)}, not {user!r}")
    return release, [value for name, value in pairs if name == "fault"], int(seed), user


def _virtual(
    url: str, options: TargetOptions, journal: Journal, closing: contextlib.ExitStack
) -> Target:
    """Boot an image and connect to it; the machine ends with the target."""
    image = Path(url.removeprefix("qemu:")).expanduser()
    if options.qmp is not None:
        raise UsageError(f"--qmp: {url} has a QMP socket of its own; --qmp is for ssh://")
    disk = open_image(image, cache_directory(), options.image_checksum)
    directory = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lagg-tool-")))
    bases = options.wire_base or (NAS_BASE, BENCH_BASE)
    machine_options = MachineOptions(
        directory, free_tcp_port(), Wiring(*bases), memory_mib=options.memory_mib
    )
    machine = closing.enter_context(Machine(disk, machine_options, SystemClock()))
    options.tell(f"booting {image} with {machine.accelerator.value}")
    machine.wait_for_ssh(options.boot_deadline, lambda line: options.tell(f"console: {line}"))
    machine.qmp.close()  # QEMU serves one control connection at a time: the bench's
    host_keys = options.host_keys
    if host_keys.fingerprint is None:
        # Nobody knows the machine's key yet, and only it listens on its loopback port.
        known = directory / "known_hosts"
        host_keys = HostKeys(files=(known,), accept_new=known)
    reached = replace(options, host_keys=host_keys, wire_base=bases, qmp=machine_options.qmp)
    address = Address("root", LOOPBACK, machine_options.ssh_port)
    target = _remote(url, address, reached, journal, closing)
    options.tell(f"host key {target.connection.fingerprint} is this machine's own; accepted")
    return target


def _remote(
    url: str,
    address: Address,
    options: TargetOptions,
    journal: Journal,
    closing: contextlib.ExitStack,
) -> Target:
    clock = SystemClock()

    def connect() -> Connection:
        return Connection(
            address,
            options.host_keys,
            identities=options.identities,
            agent=options.agent,
            read_only=options.read_only,
        )

    target = Target(connect, clock, journal)
    closing.callback(target.hang_up)
    epair = _wants_epairs(options) and _try_epairs(target, options, closing)
    if not epair:
        target.ports = options.ports or _network_cards(target.connection)
    if options.wire_base is not None and not epair:
        nas_base, bench_base = options.wire_base
        bench = UdpTestbed(
            clock,
            dict(enumerate(target.ports, 1)),
            nas_base=nas_base,
            bench_base=bench_base,
            cables=_cables(target.connection, target.ports),
            qmp=options.qmp,
            journal=journal,
        )
        target.bench = closing.enter_context(bench)
    _describe(target, url, "")
    return target


def _wants_epairs(options: TargetOptions) -> bool:
    """Whether the host is to be its own bench; ``--ports`` names ports that are not ours."""
    if options.bench is TestbedChoice.EPAIR:
        return True
    wired = options.wire_base is not None or bool(options.ports)
    return options.bench is TestbedChoice.BEST and not wired and not options.read_only


def _try_epairs(target: Target, options: TargetOptions, closing: contextlib.ExitStack) -> bool:
    """Make an epair bench; go without where nobody insists on it and the host has none."""
    try:
        _stand_epairs(target, closing)
    except RefusedError as error:
        if options.bench is TestbedChoice.EPAIR:
            raise
        options.tell(f"no bench: {error}")
        return False
    return True


def _stand_epairs(target: Target, closing: contextlib.ExitStack) -> None:
    bench = EpairTestbed(target.connect, target.clock, target.journal)
    target.bench = closing.enter_context(bench)
    target.ports = tuple(bench.names.values())


def _cables(runner: Runner, ports: Sequence[str]) -> dict[int, int]:
    """Return the number of each port's cable: the machine's MAC addresses tell it.

    Where they are others than those that we give, the first port is at the first cable.
    """
    listing = parse_ifconfig(runner.run(read("ifconfig", "-a")).stdout)
    ours = {f"{MAC_PREFIX}{number:02x}": number for number in range(1, len(TEST_NICS) + 1)}
    found = [listing.get(name) for name in ports]
    cables = [ours.get(port.hwaddr or port.ether or "") if port else None for port in found]
    known = [cable for cable in cables if cable is not None]
    if len(set(known)) != len(ports):
        return {number: number for number in range(1, len(ports) + 1)}
    return dict(enumerate(known, 1))


def _network_cards(runner: Runner) -> tuple[str, ...]:
    """Return the Ethernet cards in the kernel's order, without the one the session uses."""
    listed = runner.run(read("ifconfig", "-l", "ether")).stdout.split()
    management = FreeBSDHost(runner).observe().state.management.interface
    if not management:  # a guess could cut the session
        raise UsageError("which interface carries this session is unclear; give --ports NAMES")
    return tuple(n for n in listed if not _CLONED.fullmatch(n) and n != management)


_FACTS = (
    ("uname", read("uname", "-a")),
    ("system", read("uname", "-sr")),
    ("osreldate", read("sysctl", "-n", "kern.osreldate")),
    ("hostname", read("hostname")),
    ("truenas", read("cat", "/etc/version")),
)


def _describe(
    target: Target, url: str, release: str, known: Mapping[str, str] = MappingProxyType({})
) -> None:
    answers = target.connection.run_batch([command for _, command in _FACTS])
    facts = {
        name: done.stdout.strip()
        for (name, _), done in zip(_FACTS, answers, strict=True)
        if done.status == 0
    } | dict(known)
    simulated = SIMULATED_SERVER in target.connection.server_version
    provenance = Provenance.SIMULATED if simulated else Provenance.OBSERVED
    bench = target.bench.kind if target.bench is not None else "none"
    system = facts.get("truenas") or facts.get("system", "")
    release = release or release_of(facts)
    target.describe(TargetResult(url, url, provenance, system, release, bench, facts))

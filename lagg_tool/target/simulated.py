"""``sim:``: a simulated NAS in this process, on a virtual clock, behind a real SSH server."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from lagg_tool import releases
from lagg_tool.clock import VirtualClock
from lagg_tool.errors import UsageError
from lagg_tool.simulator.faults import inject
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.outside.management import reachable
from lagg_tool.simulator.release import FREEBSD_13_2, RELEASES
from lagg_tool.simulator.server.execution import machine
from lagg_tool.simulator.server.keys import generate_key, load_key, public_line
from lagg_tool.simulator.server.ssh import SshServer
from lagg_tool.simulator.system.pace import PACES, USUAL
from lagg_tool.simulator.system.users import LOGINS
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from lagg_tool.target.description import describe, read_facts
from lagg_tool.target.options import TargetOptions, TestbedChoice
from lagg_tool.target.schemes import FORMS
from lagg_tool.target.target import Target
from lagg_tool.testbed.epair.testbed import EpairTestbed
from lagg_tool.testbed.memory import MemoryTestbed
from lagg_tool.whole_file import write_whole

PORTS = ("vtnet1", "vtnet2", "vtnet3", "vtnet4", "em0", "em1")


@dataclass(frozen=True)
class Parameters:
    """The part of a URL behind the question mark."""

    release: str = FREEBSD_13_2.name
    faults: tuple[str, ...] = ()
    seed: int = 0
    user: str = LOGINS[0]
    pace: str = USUAL.name


def open_url(url: str, options: TargetOptions, closing: contextlib.ExitStack) -> Target:
    """Start a simulated NAS and connect to it. Raises UsageError."""
    given = parameters_of(url)
    clock = VirtualClock()
    nas = SimulatedNas(clock, RELEASES[given.release], given.seed, PACES[given.pace])
    inject(nas, list(given.faults))
    key = generate_key()
    directory = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lagg-tool-")))
    identity = directory / "id_ed25519"
    write_whole(identity, key.encode(), mode=0o600)
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
            Address(given.user, *server.address),
            HostKeys(files=(), fingerprint=server.fingerprint),
            identities=[identity],
            read_only=options.read_only,
        )

    target = Target(connect, clock, options.ports or PORTS)
    closing.callback(target.hang_up)
    target.simulated = nas
    if options.bench is TestbedChoice.EPAIR:
        testbed = closing.enter_context(EpairTestbed(connect, clock, target.journal))
        target.testbed, target.ports = testbed, tuple(testbed.names.values())
    else:
        names = dict(enumerate(target.ports, 1))
        cables = {number: _cable(name) for number, name in names.items()}
        target.testbed = closing.enter_context(
            MemoryTestbed(nas, clock, names, target.journal, cables)
        )
    facts = read_facts(target.connection)
    if given.faults:
        facts["faults"] = ", ".join(given.faults)
    describe(target, url, facts, given.release)
    return target


def _cable(name: str) -> int:
    if name not in PORTS:
        known = ", ".join(PORTS)
        raise UsageError(f"--ports: the simulated NAS has no port {name!r}; choose from {known}")
    return PORTS.index(name) + 1


def product_in_url(url: str) -> str:
    """Return the system of a simulated NAS. Raises UsageError."""
    return releases.system(parameters_of(url).release)


def parameters_of(url: str) -> Parameters:
    """Return the parameters of a sim: URL. Raises UsageError."""
    pairs = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    given = dict(pairs)
    unknown = set(given) - {"os", "fault", "seed", "user", "pace"}
    if unknown:
        raise UsageError(f"--target {url}: no parameter {min(unknown)!r}; write {FORMS}")
    release = given.get("os", Parameters.release)
    if release not in RELEASES:
        raise UsageError(f"--target {url}: os is one of {', '.join(RELEASES)}, not {release!r}")
    seed = given.get("seed", "0")
    if not (seed.isascii() and seed.isdigit() and len(seed) <= 18):
        raise UsageError(f"--target {url}: seed is a number, not {seed!r}; write one")
    user = given.get("user", Parameters.user)
    if user not in LOGINS:
        raise UsageError(f"--target {url}: user is one of {', '.join(LOGINS)}, not {user!r}")
    faults = tuple(value for name, value in pairs if name == "fault")
    pace = given.get("pace", Parameters.pace)
    if pace not in PACES:
        raise UsageError(f"--target {url}: pace is one of {', '.join(PACES)}, not {pace!r}")
    return Parameters(release, faults, int(seed), user, pace)

"""The assembled machine: clock, file system, processes, and the way in for a session."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lagg_tool.clock import Clock
from lagg_tool.simulator.kernel import gateway
from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.kernel.kernel import Kernel
from lagg_tool.simulator.kernel.parts import Parts
from lagg_tool.simulator.programs import installed
from lagg_tool.simulator.programs.sh import linger, login_shell, script_program
from lagg_tool.simulator.rc.boot import boot
from lagg_tool.simulator.rc.network import NetworkSetup
from lagg_tool.simulator.release import FREEBSD_13_2, Behaviour, Release
from lagg_tool.simulator.system.filesystem import FileSystem
from lagg_tool.simulator.system.installation import install
from lagg_tool.simulator.system.nodes import EXECUTE, File, FileError
from lagg_tool.simulator.system.pace import USUAL, Pace
from lagg_tool.simulator.system.process import Middleware, Process, ProcessTable, Program
from lagg_tool.simulator.system.signals import Signal
from lagg_tool.simulator.system.streams import InputStream, Opener, OutputStream
from lagg_tool.simulator.system.users import HOMES, USERS, primary_group

# kern.boottime of the recordings: Sun Nov 22 06:52:46 2026
BOOT_TIME = 1795330366.307751
PATH = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/root/bin"
_LOOK_AGAIN = 0.1  # real seconds after which a session that waits for input asks gone()


@dataclass(frozen=True)
class Result:
    """What a command line did: exit status and both streams."""

    status: int
    stdout: bytes
    stderr: bytes


class Session:
    """One command line and everything that it started in the foreground."""

    def __init__(self, shell: Process, outputs: tuple[OutputStream, OutputStream]) -> None:
        self.shell = shell
        self._outputs = outputs

    @property
    def over(self) -> bool:
        """Whether the shell has ended and nobody holds the session's output any more.

        sshd closes a session's channel only then: a background process that keeps
        standard output keeps the session.
        """
        held = any(output.references for output in self._outputs)
        return self.shell.status is not None and not held


class SimulatedNas:
    """A FreeBSD host in memory, on a clock."""

    def __init__(
        self,
        clock: Clock,
        release: Release = FREEBSD_13_2,
        seed: int = 0,
        pace: Pace = USUAL,
    ) -> None:
        self.clock = clock
        self.pace = pace
        self.release = release
        self.rng = random.Random(seed)
        self.on_transmit: Callable[[int, bytes], None] = lambda _port, _frame: None
        self.on_reboot: Callable[[], object] = lambda: None  # connections are lost
        self.network_setup = NetworkSetup  # how rc.d/netif works here
        self.parts = Parts()  # of the kernels that are booted from now on
        self._epoch = BOOT_TIME - clock.now()
        self.boot_time = BOOT_TIME
        self.kernel = self._new_kernel()
        self.filesystem = FileSystem(self.wall_time)
        self.opener = Opener(self.filesystem, self.rng)
        self._programs: dict[int, Program] = {}
        self.processes = ProcessTable(self, clock)
        self.middlewared: Middleware | None = None  # TrueNAS, while it runs
        self._sshd = 0
        self._rc: Process | None = None
        self.locks: dict[int, Process] = {}  # who holds a file's lock, by inode number
        self.hostname = "nas.test"
        with clock.lock:
            self._programs = install(self.filesystem, installed(release.product), release.product)
            self._boot()
            clock.wait_until(lambda: self.booted, math.inf)

    def _new_kernel(self) -> Kernel:
        kernel = Kernel(
            self.clock, self.release, self.rng.getrandbits(32), self._transmit, self.parts
        )
        kernel.on_event = self._kernel_event
        kernel.boot_time = self.wall_time()
        return kernel

    def _kernel_event(self) -> None:
        self.processes.run()

    def wall_time(self) -> float:
        """Return seconds since the epoch, UTC."""
        return self._epoch + self.clock.now()

    def step_clock(self, seconds: float) -> None:
        """Set the wall clock; the time of the boot moves along (tc_setclock, kern_tc.c)."""
        self._epoch += seconds
        self.boot_time += seconds
        self.kernel.boot_time += seconds

    # -- programs

    def replace_program(self, path: str, replace: Callable[[Program], Program]) -> None:
        """Install what ``replace`` makes of a program. Raises FileError, KeyError."""
        number = self.filesystem.lookup(path, 0).number
        self._programs[number] = replace(self._programs[number])

    def find_path(self, process: Process, name: str, path: str) -> str | None:
        """Return where a command's program is, along a search path."""
        if "/" in name:
            node = self.filesystem.find(process.path(name), process.uid)
            runs = node is not None and node.allows(process.uid, EXECUTE)
            return name if runs else None
        for directory in path.split(":"):
            candidate = f"{directory or '.'}/{name}"
            node = self.filesystem.find(process.path(candidate), process.uid)
            if isinstance(node, File) and node.allows(process.uid, EXECUTE):
                return candidate
        return None

    def find_program(self, process: Process, name: str, path: str | None = None) -> Program:
        """Return what runs when a process executes ``name``. Raises FileError."""
        if path is None:
            path = process.environment.get("PATH", PATH)
        found = self.find_path(process, name, path)
        where = process.path(found or name)
        if found is None and "/" not in name:
            raise FileError(Errno.ENOENT)
        node = self.filesystem.lookup(where, process.uid)
        if found is None or not isinstance(node, File):
            raise FileError(Errno.EACCES)
        program = self._programs.get(node.number)
        return program or script_program(found or name, node)

    # -- sessions

    def login_environment(self, user: str) -> dict[str, str]:
        """Return what sshd gives a session's shell."""
        return {
            "HOME": HOMES[user],
            "LOGNAME": user,
            "MAIL": f"/var/mail/{user}",
            "PATH": PATH,
            "SHELL": "/bin/sh",
            "SSH_CLIENT": "10.0.2.2 50022 22",
            "SSH_CONNECTION": "10.0.2.2 50022 10.0.2.15 22",
            "USER": user,
        }

    def execute(  # noqa: PLR0917 - the contract with the SSH server
        self,
        line: str,
        stdin: InputStream,
        stdout: Callable[[bytes], None],
        stderr: Callable[[bytes], None],
        gone: Callable[[], bool],
        user: str = "root",
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Run a command line as sshd does; return its exit status.

        Blocks: on a VirtualClock time moves from timer to timer until the line is done;
        it stands still while the line waits for input from outside. When ``gone`` turns
        true (say so with ``stdin.wake()``), what runs in the foreground is killed.
        """
        with self.clock.lock:
            session = self._open(line, stdin, (OutputStream(stdout), OutputStream(stderr)), user)
            session.shell.environment.update(environment or {})
            try:
                self.clock.wait_until(lambda: self._settled(session, gone), math.inf)
                while not self._finished(session, gone):
                    stdin.changed.wait(_LOOK_AGAIN)
                    self.clock.wait_until(lambda: self._settled(session, gone), math.inf)
            finally:
                self._close(session)
            return session.shell.status or 0

    def run(self, line: str, stdin: bytes = b"", user: str = "root") -> Result:
        """Run a command line and collect what it prints."""
        out, err = bytearray(), bytearray()
        status = self.execute(
            line, InputStream(self.clock, stdin), out.extend, err.extend, lambda: False, user
        )
        return Result(status, bytes(out), bytes(err))

    def _open(
        self,
        line: str,
        stdin: InputStream,
        outputs: tuple[OutputStream, OutputStream],
        user: str,
    ) -> Session:
        gateway.session_begins(self.kernel.host)
        streams = {0: stdin, 1: outputs[0], 2: outputs[1]}
        daemon = self.processes.get(self._sshd)
        if Behaviour.SSHD_MONITOR in self.kernel.release.behaviours:
            monitor = ("sshd:", user, "[priv]", "(sshd)")
            daemon = self.processes.start(monitor, linger, {}, daemon)
        sshd = self.processes.start(("sshd:", f"{user}@notty", "(sshd)"), linger, {}, daemon)
        shell = self.processes.start(
            ("sh", "-c", line), login_shell, streams, sshd, cost=2 * self.pace.fork
        )
        shell.environment = self.login_environment(user)
        shell.uid = USERS[user]
        shell.gid = primary_group(shell.uid)
        home = self.filesystem.find(HOMES[user], shell.uid)
        shell.directory = HOMES[user] if home is not None else "/"
        shell.session = session = Session(shell, outputs)
        return session

    def _close(self, session: Session) -> None:
        sshd = session.shell.parent
        while sshd is not None and sshd.argv[-1] == "(sshd)":
            sshd.kill(Signal.KILL)
            sshd = sshd.parent

    def _settled(self, session: Session, gone: Callable[[], bool]) -> bool:
        """Let everything run that can; tell whether only the outside can help on."""
        self.processes.run()
        if self._finished(session, gone):
            return True
        own = [process for process in self.processes if process.session is session]
        if any(process.waits_outside for process in own):
            return True
        # Nobody waits for what goes on for ever: it is no reason for time to pass.
        endless = any(process.endless for process in own)
        return endless and not any(process.waits_for_a_time for process in own)

    def _finished(self, session: Session, gone: Callable[[], bool]) -> bool:
        if gone():
            for process in self.processes:
                if process.session is session and not process.background:
                    process.kill(Signal.KILL)
            self.processes.run()
            return True
        return session.over

    # -- cables

    def _transmit(self, port: int, frame: bytes) -> None:
        self.on_transmit(port, frame)

    def receive(self, port: int, frame: bytes) -> None:
        """Take a frame that arrives at port 1 to 6."""
        with self.clock.lock:
            self.kernel.receive(port, frame)
            self.processes.run()

    def set_link(self, port: int, up: bool) -> None:
        """Switch the carrier of port 1 to 6."""
        with self.clock.lock:
            self.kernel.set_link(port, up=up)
            self.processes.run()

    # -- power

    def reboot(self) -> None:
        """Restart the host and wait until it has booted."""
        with self.clock.lock:
            self.restart()
            self.clock.wait_until(lambda: self.booted, math.inf)

    @property
    def booted(self) -> bool:
        """Whether rc(8) is done."""
        return self._rc is not None and self._rc.status is not None

    def restart(self) -> None:
        """End all processes, start a new kernel, and let rc begin; timers may call this."""
        with self.clock.lock:
            self.on_reboot()
            self.processes.kill_all()
            self.kernel.halt()
            cut = [port for port, nic in self.kernel.nics.items() if not nic.carrier]
            self.kernel = self._new_kernel()
            for port in cut:
                self.kernel.set_link(port, up=False)
            self._boot()

    def _boot(self) -> None:
        """Start init(8), which runs rc(8)."""
        self.boot_time = self.wall_time()
        self._start_system_processes()

    def _start_system_processes(self) -> None:
        init = self.processes.start(("/sbin/init",), linger, {}, None)
        self._sshd = self.processes.start(
            ("sshd:", "/usr/sbin/sshd", "[listener]", "0", "of", "10-100", "startups"),
            linger,
            {},
            init,
        ).pid
        self.processes.start(("/usr/sbin/cron", "-s"), linger, {}, init)
        console = self.opener.open("/dev/console", "+")
        streams = dict.fromkeys(range(3), console)
        rc = self.processes.start(("sh", "/etc/rc"), boot, streams, init)
        rc.environment = {"HOME": "/", "PATH": PATH}
        self._rc = rc
        self.processes.run()

"""A run of the suite that something befalls at a moment, and whether what is left is right.

No verdict differs from that of an undisturbed run; nothing that others made on the NAS is gone;
what the run made is gone, or the next run takes it away; and it ends with a true status.

``python -m tests.support.run_moments --runs 50`` tries many moments. It takes a minute for each.
"""

from __future__ import annotations

import contextlib
import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lagg_tool.clock import SystemClock
from lagg_tool.errors import LaggToolError
from lagg_tool.evidence import Results
from tests.support import nas_process
from tests.support.campaign import campaign
from tests.support.moments import FOREIGN
from tests.support.nas_process import Nas

PORTS = "vtnet1,vtnet2"  # the others have something of their administrator's
TIMING = "features/core/lacp/timing.feature"
FREEBSD = (
    "features/core/naming.feature",
    "features/core/none.feature",  # that nothing leaves, and nothing is answered
    f"{TIMING}::A port without a partner announces EXPIRED, then DEFAULTED",
    f"{TIMING}::A port waits two to five seconds before it joins its partner",
)
SCENARIOS = {
    "freebsd-13.2": FREEBSD,
    "freebsd-15": FREEBSD,
    "truenas-13.3": (
        "features/core/truenas/settings.feature",
        "features/core/truenas/settings.feature::The description reaches the kernel",
    ),
}
STATE = (
    "ifconfig -a; sysctl net.link.lagg; arp -an | grep permanent; hostname; cat /etc/rc.conf;"
    " netstat -rn; cat /etc/ssh/sshd_config /etc/resolv.conf;"
    " ls -d /var/db/lagg_tool_accept /data/lagg_tool_accept; command -v midclt &&"
    " midclt call interface.has_pending_changes"
)
OTHERS = 'name = "lagg5"\nprotocol = "failover"\nports = ["vtnet4"]\ndescription = "{}"\n'
ROWS = "midclt call interface.query"
BY_HAND, BY_HAND_BACK = "sysrc by_hand=YES", "sysrc -x by_hand"
# The next commit of a TrueNAS's middleware takes away what it has not made.
CLONE, CLONE_BACK = "ifconfig bridge9 create", "ifconfig bridge9 destroy"
LIMIT = 900
PATIENTLY = ("--confirm-within", "10m")  # on a loaded machine, too
SETTLING = 30  # looks, a second apart: a link takes seconds to come up after a boot


class Way:
    """A cable between the tool and the NAS's SSH port, which can be pulled and cut."""

    def __init__(self, to: tuple[str, int]) -> None:
        self._to = to
        self._through = threading.Event()
        self._through.set()
        self._refusing = False
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        """Let nothing through."""
        self._through.clear()

    def put_back(self) -> None:
        """Let everything through, and what came meanwhile."""
        self._refusing = False
        self._through.set()

    def cut(self, *, refusing: bool) -> None:
        """End all connections, and perhaps those that come until it is put back."""
        self._refusing = refusing
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            if self._refusing:
                near.close()
                continue
            try:
                far = socket.create_connection(self._to)
            except OSError:  # it was killed
                near.close()
                continue
            self._open += [near, far]
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._through.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)


@dataclass
class Scene:
    """A NAS with what is others', a run of the suite at it, and the way between."""

    nas: Nas
    way: Way
    system: str
    clock: SystemClock = field(default_factory=SystemClock)
    run: subprocess.Popen[str] | None = None
    looks: set[str] = field(default_factory=set)
    usual: dict[str, str] = field(default_factory=dict)  # of verdicts and scenarios
    seconds: float = 0.0

    def start(self, *scenarios: str) -> subprocess.Popen[str]:
        """Start a run."""
        self.file.unlink(missing_ok=True)
        words = ["--ports", PORTS, "--results", str(self.file)]
        if not self.truenas:
            words += ["--wire-base", self.nas.wires]
        self.run = self.nas.start("accept", *words, "-v", *scenarios, port=self.way.port)
        return self.run

    @property
    def file(self) -> Path:
        """Where a run leaves its results."""
        return self.nas.directory / "run.json"

    def found(self) -> dict[str, str]:
        """Return how each scenario and claim ended."""
        results = Results.read(self.file)
        ends = {s.id: s.status.value for f in results.features for s in f.scenarios}
        return ends | {v.claim: v.verdict for v in results.verdicts}

    def signal(self, number: signal.Signals) -> None:
        """Send the run a signal."""
        assert self.run is not None
        self.run.send_signal(number)

    def reboot(self) -> None:
        """Restart the NAS."""
        with contextlib.suppress(LaggToolError):
            self.nas.say("reboot")

    @property
    def truenas(self) -> bool:
        """Whether a middleware has the configuration."""
        return "truenas" in self.system

    def look(self) -> str:
        """Return what the NAS is; what the middleware says of the kernel is no part of it."""
        rows = json.loads(self.nas.say(ROWS)) if self.truenas else []
        for row in rows:
            del row["state"]
        rows.sort(key=lambda row: str(row["name"]))
        return f"{self.nas.state(STATE)}{json.dumps(rows, indent=1)}"

    def learn_looks(self) -> None:
        """See how the NAS looks, now and after a boot."""
        before = self._settled()
        self.reboot()
        after = self._settled()
        self.looks |= {before, after}

    def _settled(self) -> str:
        """Look until all links are up, for a while."""
        for _ in range(SETTLING):
            if "no carrier" not in (shown := self.look()):
                break
            self.clock.sleep(1)
        return shown

    def learn(self) -> None:
        """See how an undisturbed run ends."""
        began = self.clock.now()
        out, err = self.start(*SCENARIOS[self.system]).communicate()
        self.seconds = self.clock.now() - began
        assert self.run is not None
        assert self.run.returncode == 0, out + err
        assert self.is_as_it_was(), self.difference()
        self.usual = self.found()

    def is_as_it_was(self) -> bool:
        """Look until the NAS is as it was; return whether it came to that."""
        for _ in range(SETTLING):
            if self.look() in self.looks:
                return True
            self.clock.sleep(1)
        return False

    def difference(self) -> str:
        """Return the lines that the NAS has, and those that it should have."""
        now = set(self.look().splitlines())
        some = {line for look in self.looks for line in look.splitlines()}
        every = [line for line in some if all(line in look for look in self.looks)]
        more, less = now - some, set(every) - now
        return f"more: {sorted(more)}; missing: {sorted(less)}"


def _for(
    seconds: float, begin: Callable[[Scene], object], end: Callable[[Scene], object]
) -> Callable[[Scene], None]:
    def mishap(at: Scene) -> None:
        begin(at)
        at.clock.sleep(seconds)
        end(at)

    return mishap


def _frozen(seconds: float) -> Callable[[Scene], None]:
    return _for(
        seconds,
        lambda at: at.nas.process.send_signal(signal.SIGSTOP),
        lambda at: at.nas.process.send_signal(signal.SIGCONT),
    )


def _frozen_briefly(at: Scene) -> None:
    _frozen(random.uniform(0.2, 2.9))(at)


def _unplugged(seconds: float) -> Callable[[Scene], None]:
    return _for(seconds, lambda at: at.way.pull(), lambda at: at.way.put_back())


def _stopped(seconds: float) -> Callable[[Scene], None]:
    return _for(seconds, lambda at: at.signal(signal.SIGSTOP), lambda at: at.signal(signal.SIGCONT))


def _powered_off(seconds: float) -> Callable[[Scene], None]:
    def begin(at: Scene) -> None:
        at.way.cut(refusing=True)
        at.reboot()

    return _for(seconds, begin, lambda at: at.way.put_back())


MISHAPS: dict[str, Callable[[Scene], None]] = {
    "freeze of 10 s": _frozen(10),
    "SIGKILL": lambda at: at.signal(signal.SIGKILL),
    "reboot": Scene.reboot,
    "cable pulled for 10 s": _unplugged(10),
    "SIGINT": lambda at: at.signal(signal.SIGINT),
    "killed": lambda at: at.nas.process.kill(),
    "freeze of 30 s": _frozen(35),  # a command's deadline is 30 s
    "power off for 20 s": _powered_off(20),
    "SIGSTOP for 10 s": _stopped(10),
    "SIGTERM": lambda at: at.signal(signal.SIGTERM),
    "short freeze": _frozen_briefly,
    "freeze of 3 s": _frozen(3),
    "cut": lambda at: at.way.cut(refusing=False),
    "cut for 8 s": _for(8, lambda at: at.way.cut(refusing=True), lambda at: at.way.put_back()),
    "cable pulled for 40 s": _unplugged(40),
    "SIGHUP": lambda at: at.signal(signal.SIGHUP),
    "power off for 150 s": _powered_off(150),
    "SIGSTOP for 40 s": _stopped(40),
    "held": lambda _: None,  # an administrator's change, before and during a run
}


def status_of(run: subprocess.Popen[str]) -> int:
    """Return its status as a shell has it.

    CPython ends by SIGINT where ``python -m`` was interrupted in exec(), as of a dataclass.
    """
    return 130 if run.returncode == -signal.SIGINT else run.returncode or 0


def befall(at: Scene, mishap: str, moment: float, *, busy: bool) -> list[str]:
    """Have a mishap at a part of a run, an administrator ``busy`` then; return what is wrong."""
    patience = ("--wait-for-nas", "3") if mishap == "killed" else ()
    run = at.start(*patience, *SCENARIOS[at.system])
    file = at.nas.directory / "later.toml"
    words: list[str] = []
    reader = threading.Thread(target=lambda: words.extend(run.communicate()))
    reader.start()
    at.clock.sleep(moment * at.seconds)
    MISHAPS[mishap](at)
    busy = busy and mishap != "killed"
    applied = at.nas.tool("apply", str(file), *PATIENTLY) if busy else None
    if busy:
        at.nas.say(BY_HAND if at.truenas else f"{BY_HAND}; {CLONE}")
    reader.join(LIMIT)
    wrong = [] if run.returncode is not None else ["it does not end"]
    run.kill()
    reader.join()
    if mishap == "killed":
        wrong += list(_judged(at, mishap, status_of(run), words))
        told = "\n      ".join([f"status {run.returncode}", *words[1].splitlines()[-12:]])
        return [f"{each}\n      {told}" for each in wrong]
    wrong += list(_judged(at, mishap, status_of(run), words))
    dead = mishap == "SIGKILL" or "is not as it was" in words[1]
    if not dead and not busy and not at.is_as_it_was():
        wrong.append(f"it leaves what it made, or takes more away: {at.difference()}")
    wrong += _followed(at, applied)
    told = "\n      ".join([f"status {run.returncode}", *words[1].splitlines()[-12:]])
    return [f"{each}\n      {told}" for each in wrong]


def befall_held(at: Scene, moment: float) -> list[str]:
    """Run while a change is held, and while it is confirmed; return what is wrong."""
    words = ("apply", str(at.nas.directory / "later.toml"), "--hold", *PATIENTLY)
    wrong = []
    held = at.nas.tool(*words)
    before = at.look()
    run = at.start(SCENARIOS[at.system][-1])
    out, err = run.communicate()
    if held.returncode or run.returncode != 2 or "waits for its confirmation" not in err:
        wrong.append(f"held with {held.returncode}, and the run ended with {run.returncode}: {err}")
    if at.look() != before:
        wrong.append(f"a run that is refused touched something: {before} {at.look()}")
    run = at.start(SCENARIOS[at.system][-1])
    at.clock.sleep(4 * moment)
    confirmed = at.nas.tool("confirm")
    out, err = run.communicate()
    if run.returncode not in (0, 2) or confirmed.returncode not in (0, 2):
        ends = f"{confirmed.returncode}, {run.returncode}"
        wrong.append(f"confirm and the run ended with {ends}: {confirmed.stderr} {out} {err}")
    if confirmed.returncode == 2 and (again := at.nas.tool("confirm")).returncode:
        wrong.append(f"it cannot be confirmed: {confirmed.stderr} {again.stderr}")
    has = at.nas.say("ifconfig lagg5; cat /etc/rc.conf") + (at.nas.say(ROWS) if at.truenas else "")
    if has.count("meanwhile") < 2:
        wrong.append(f"what was confirmed is gone: {has}")
    if (undone := at.nas.tool("rollback")).returncode:
        wrong.append(f"it cannot be undone: {undone.stderr}")
    if not at.is_as_it_was():
        wrong.append(f"not as it was: {at.difference()}")
    return wrong


def _judged(at: Scene, mishap: str, status: int, words: list[str]) -> Iterator[str]:
    """Yield what is wrong with the words, the results and the status of a run."""
    if "Traceback" in "".join(words):
        yield "".join(words)
    if mishap == "SIGKILL" and status == -signal.SIGKILL:
        return
    if not at.file.exists():
        if "passed" in words[1]:
            yield "no results, although scenarios have passed"
        return
    found = at.found()
    for name, end in found.items():
        if end not in (at.usual.get(name), "broken", "not run", "not covered"):
            yield f"{name} is {end}, undisturbed {at.usual.get(name)}"
    less = [name for name in at.usual if found.get(name) != at.usual[name]]
    right = (3, 130) if less else (0, 130)
    if status not in right:
        yield f"its status is {status} with {len(less)} ends that differ: {less[:3]}"


def _followed(at: Scene, applied: subprocess.CompletedProcess[str] | None) -> Iterator[str]:
    """Yield what is wrong after the next run, with what an administrator has done before it."""
    following = at.start(SCENARIOS[at.system][-1])
    out, err = following.communicate(timeout=LIMIT)
    if following.returncode != 0:
        yield f"the next run ends with {following.returncode}: {out[-300:]}{err[-1500:]}"
    if applied is not None:
        shown = at.nas.say("ifconfig lagg5; ifconfig -l; cat /etc/rc.conf")
        has = shown + (at.nas.say(ROWS) if at.truenas else "")
        if applied.returncode not in (0, 2):
            yield f"apply ends with {applied.returncode}: {applied.stderr}"
        if (has.count("meanwhile") >= 2) != (applied.returncode == 0):
            yield f"apply ended with {applied.returncode}, and lagg5 is otherwise: {has}"
        if ("bridge9" not in has and not at.truenas) or "by_hand" not in has:
            yield f"what was made by hand is gone: {shown}"
        at.nas.say(BY_HAND_BACK if at.truenas else f"{BY_HAND_BACK}; {CLONE_BACK}")
        if applied.returncode == 0 and (undone := at.nas.tool("rollback")).returncode:
            yield f"apply cannot be undone: {undone.stderr}"
    if not at.is_as_it_was():
        yield f"not as it was after the next run: {at.difference()}"


@contextlib.contextmanager
def scene(system: str, *, learn: bool = True) -> Iterator[Scene]:
    """Give a NAS that has what is others', one thing confirmed by ``apply``.

    With ``learn``, an undisturbed run of the suite comes first.
    """
    with (
        tempfile.TemporaryDirectory(prefix="runs-") as name,
        nas_process.running(Path(name), system=system) as nas,
    ):
        file, later = Path(name, "lagg5.toml"), Path(name, "later.toml")
        made = Scene(nas, Way((nas.host, nas.port)), system)
        nas.say(FOREIGN["truenas" if made.truenas else "freebsd"])
        file.write_text(OTHERS.format("before"), "utf-8")
        made.reboot()
        applied = nas.tool("apply", str(file), *PATIENTLY)
        assert applied.returncode == 0, applied.stderr
        later.write_text(OTHERS.format("meanwhile"), "utf-8")
        made.learn_looks()
        if learn:
            made.learn()
        yield made


def _befall(at: Scene, mishap: str, run: int, moment: float) -> list[str]:
    return (
        befall_held(at, moment)
        if mishap == "held"
        else befall(at, mishap, moment, busy=run % 4 == 3)
    )


if __name__ == "__main__":
    sys.exit(campaign(SCENARIOS, list(MISHAPS), scene, _befall))

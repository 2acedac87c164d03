"""A directory of this machine that stands for a Linux host: a real /bin/sh, and a stand-in ip.

The stand-in writes down what it was asked, and fails where a test says so. All else that the
scripts run is this machine's own.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from lagg_tool.clock import SystemClock
from lagg_tool.command import Command, Completed
from lagg_tool.nas.commit import ConfirmedCommit, PendingChange
from lagg_tool.nas.commit.status import Status, read_status
from lagg_tool.nas.linux.commit import data_of
from lagg_tool.nas.linux.layout import ETC, LINUX, RECORDS, ROOT, requests
from lagg_tool.nas.linux.plan import Plan

_IP = """#!/bin/sh
[ ! -e HERE/fail ] || { case "$*" in *"$(cat HERE/fail)"*) exit 1 ;; esac; }
echo "$*" >> HERE/log
"""


class LinuxMachine:
    """A directory that stands for a host; ``shell`` runs the scripts."""

    def __init__(self, here: Path, shell: Sequence[str] = ("/bin/sh",)) -> None:
        self.here = here
        self._shell = shell
        for name in ("bin", "etc/network/interfaces.d", "run", "var"):
            (here / name).mkdir(parents=True)
        self.write("bin/ip", _IP.replace("HERE", str(here)))
        self.write("bin/id", "#!/bin/sh\necho 0\n")
        self.write("log", "")

    def write(self, name: str, text: str) -> None:
        path = self.here / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def text(self, name: str) -> str:
        return (self.here / name).read_text(encoding="utf-8")

    @property
    def log(self) -> list[str]:
        return self.text("log").splitlines()

    @property
    def files(self) -> list[str]:
        """The files below /etc, hidden ones too."""
        etc = self.here / "etc"
        return sorted(str(path.relative_to(etc)) for path in etc.rglob("*") if path.is_file())

    def local(self, word: str) -> str:
        places = {ROOT: "run/lagg_tool", RECORDS: "var/lagg_tool", ETC: "etc"}
        return f"{self.here}/{places[word]}" if word in places else word

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        shell, *words = (self.local(word) for word in command.argv)
        argv = [*self._shell, *words] if shell == "/bin/sh" else [shell, *words]
        done = subprocess.run(
            argv,
            input=command.stdin,
            capture_output=True,
            timeout=deadline,
            check=False,
            env={"PATH": f"{self.here}/bin:{os.environ['PATH']}", "LC_ALL": "C"},
        )
        return Completed(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        return [self.run(command, deadline) for command in commands]

    def close(self) -> None:
        """Do nothing: a process of this machine has no connection to end."""

    def reboot(self) -> None:
        """Forget what is in memory, with the processes."""
        end_guards(self.here)
        subprocess.run(["rm", "-rf", str(self.here / "run/lagg_tool")], check=True)

    def status(self, token: str = "") -> Status:
        return read_status(self.run(requests.status(token)).stdout, LINUX.boot)

    def commit(self, within: float = 60.0) -> ConfirmedCommit:
        return ConfirmedCommit(lambda: self, SystemClock(), LINUX, who="tester", within=within)

    def make(self, plan: Plan, *, hold: bool = False, within: float = 60.0) -> str:
        """Make a change that leaves nothing to do; return its token."""
        outcome = self.commit(within).make(plan.name, data_of(plan), lambda _: [], hold=hold)
        return outcome.token

    @property
    def later(self) -> PendingChange:
        """The change, in a later session."""
        return PendingChange(lambda: self, SystemClock(), LINUX)


def end_guards(directory: Path) -> None:
    """End the guards that are left of changes."""
    for path in directory.glob("run/lagg_tool/t-*/guard.pid"):
        subprocess.run(["kill", path.read_text().strip()], check=False, capture_output=True)


@contextlib.contextmanager
def running(directory: Path, shell: Sequence[str] = ("/bin/sh",)) -> Iterator[LinuxMachine]:
    """Give the machine, and end the guards that were left on it."""
    made = LinuxMachine(directory, shell)
    yield made
    end_guards(directory)

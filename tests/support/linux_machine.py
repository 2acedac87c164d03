"""A directory of this machine that stands for a Linux host: a real /bin/sh, and a stand-in ip.

The stand-in writes down what it was asked, and fails where a test says so. All else that the
scripts run is this machine's own.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from lagg_tool.clock import SystemClock
from lagg_tool.nas.commit import ConfirmedCommit, PendingChange
from lagg_tool.nas.commit.status import Status, read_status
from lagg_tool.nas.linux.commit import data_of
from lagg_tool.nas.linux.layout import ETC, LINUX, RECORDS, ROOT, requests
from lagg_tool.nas.linux.plan import Plan
from tests.support.host_machine import HostMachine

_IP = """#!/bin/sh
[ ! -e HERE/fail ] || { case "$*" in *"$(cat HERE/fail)"*) exit 1 ;; esac; }
echo "$*" >> HERE/log
"""


class LinuxMachine(HostMachine):
    """A directory that stands for a host; ``shell`` runs the scripts."""

    def __init__(self, here: Path, shell: Sequence[str] = ("/bin/sh",)) -> None:
        places = {ROOT: "run/lagg_tool", RECORDS: "var/lagg_tool", ETC: "etc"}
        super().__init__(here, places, shell)
        for name in ("etc/network/interfaces.d", "var"):
            (here / name).mkdir(parents=True)
        self.write("bin/ip", _IP.replace("HERE", str(here)))

    @property
    def files(self) -> list[str]:
        """The files below /etc, hidden ones too."""
        etc = self.here / "etc"
        return sorted(str(path.relative_to(etc)) for path in etc.rglob("*") if path.is_file())

    def reboot(self) -> None:
        """Forget what is in memory, with the processes."""
        self.end_guards()
        subprocess.run(["rm", "-rf", str(self.here / "run/lagg_tool")], check=True)

    def status(self, token: str = "") -> Status:
        return read_status(self.run(requests.status(token)).stdout, LINUX.boot)

    def commit(self, within: float = 600.0) -> ConfirmedCommit:
        return ConfirmedCommit(lambda: self, SystemClock(), LINUX, who="tester", within=within)

    def make(self, plan: Plan, *, hold: bool = False, within: float = 600.0) -> str:
        """Make a change that leaves nothing to do; return its token."""
        outcome = self.commit(within).make(plan.name, data_of(plan), lambda _: [], hold=hold)
        return outcome.token

    @property
    def later(self) -> PendingChange:
        """The change, in a later session."""
        return PendingChange(lambda: self, SystemClock(), LINUX)

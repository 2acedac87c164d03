"""A directory of this machine that stands for a host: a real /bin/sh, and stand-in programs."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from lagg_tool.command import Command, Completed
from tests.support.waiting import wait_for


class HostMachine:
    """A directory that stands for a host; ``places`` are the paths of the host below it."""

    def __init__(
        self, here: Path, places: Mapping[str, str], shell: Sequence[str] = ("/bin/sh",)
    ) -> None:
        self.here = here
        self._places = places
        self._shell = shell
        for name in ("bin", "etc", "run"):
            (here / name).mkdir()
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
        """What the stand-in programs were asked."""
        return self.text("log").splitlines()

    def local(self, word: str) -> str:
        return f"{self.here}/{self._places[word]}" if word in self._places else word

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        del deadline  # of a host's; this machine may be busy
        shell, *words = (self.local(word) for word in command.argv)
        done = subprocess.run(
            [*self._shell, *words] if shell == "/bin/sh" else [shell, *words],
            input=command.stdin,
            capture_output=True,
            timeout=600,
            check=False,
            env={"PATH": f"{self.here}/bin:{os.environ['PATH']}", "LC_ALL": "C"},
        )
        return Completed(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        return [self.run(command, deadline) for command in commands]

    def close(self) -> None:
        """Do nothing: a process of this machine has no connection to end."""

    def let_time_run_out(self, token: str) -> None:
        """End what the guard waits for, as if the seconds to confirm the change had passed."""
        files = self.here / "run/lagg_tool" / token
        guard = (files / "guard.pid").read_text().strip()
        early = files / "early.pid"  # of what the guard has beside it

        def beside() -> list[str]:
            return early.read_text().split() if early.exists() else []

        def waits() -> list[str]:
            children = Path(f"/proc/{guard}/task/{guard}/children").read_text().split()
            return [child for child in children if child not in beside()]

        wait_for(lambda: bool(beside()) or not (files / "edits").exists())
        wait_for(lambda: bool(waits()))
        subprocess.run(["kill", *waits()], check=True)

    def end_guards(self) -> None:
        """End the guards that are left of changes."""
        for path in self.here.glob("run/lagg_tool/t-*/guard.pid"):
            subprocess.run(["kill", path.read_text().strip()], check=False, capture_output=True)


M = TypeVar("M", bound=HostMachine)


@contextlib.contextmanager
def running(machine: M) -> Iterator[M]:
    """Give the machine, and end the guards that were left on it."""
    yield machine
    machine.end_guards()

"""Completion in real shells: somebody types a few letters and the tabulator."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.clock import SystemClock
from lagg_tool.verbs.completion import SHELLS
from tests.support.paths import ROOT

DEADLINE = 60.0
PROMPT = "READY>"
# Shell: how it begins without the user's files, and how it reads a script of completion.
WAYS = {
    "bash": (["bash", "--norc", "--noprofile"], "PS1='READY''> '; source {file}"),
    "zsh": (
        ["zsh", "-f"],
        "PROMPT='READY''> '; autoload -U compinit; compinit -u -D; eval \"$(cat {file})\"",
    ),
    "tcsh": (["tcsh", "-f"], "set prompt='READY''> '; source {file}"),
    "fish": (["fish", "--no-config"], "function fish_prompt; echo 'READY''> '; end; source {file}"),
}


def script(shell: str, tmp_path: Path) -> Path:
    printed = subprocess.run(
        [sys.executable, "-m", "lagg_tool", "completion", shell],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    file = tmp_path / f"completion.{shell}"
    file.write_text(printed.stdout, encoding="utf-8")
    return file


class Terminal:
    """A shell at a terminal."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.execvpe(words[0], words, environment)  # noqa: S606
        self._seen = ""
        self._clock = SystemClock()

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def read_until(self, pattern: str) -> str:
        """Return what matches ``pattern``, in whatever pieces it arrives; take it away."""
        until = self._clock.now() + DEADLINE
        while not (found := re.search(pattern, self._seen)):
            left = until - self._clock.now()
            ready, _, _ = select.select([self._terminal], [], [], max(left, 0))
            assert ready, f"no {pattern!r} in {self._seen!r}"
            self._seen += os.read(self._terminal, 65536).decode("utf-8", "replace")
        self._seen = self._seen[found.end() :]
        return found[0]

    def close(self) -> None:
        os.close(self._terminal)  # ends it by SIGHUP
        os.waitpid(self._pid, 0)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_verbs_and_files(shell: str, tmp_path: Path) -> None:
    words, setup = WAYS[shell]
    if shutil.which(words[0]) is None:
        pytest.skip(f"{shell} is not installed; on Debian: apt install {shell}")
    tool = tmp_path / "bin" / "lagg-tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nprintf 'typed'; printf '<%s>' \"$@\"; echo\n", encoding="utf-8")
    tool.chmod(0o755)
    (tmp_path / "dmesg-of-monday.txt").touch()
    environment = {
        "PATH": f"{tool.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "xterm" if shell in ("tcsh", "fish") else "dumb",  # else they edit no line
    }
    terminal = Terminal(words, environment)

    try:
        terminal.type(f"cd {tmp_path}; {setup.format(file=script(shell, tmp_path))}\r")
        terminal.read_until(PROMPT)
        terminal.type("lagg-tool diag\t--dmesg dmesg-of\t\r")
        shown = terminal.read_until(r"typed<[^\r]*>\r")
    finally:
        terminal.close()

    assert shown == "typed<diagnose><--dmesg><dmesg-of-monday.txt>\r"

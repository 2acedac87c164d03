"""The commands of the tutorial and of the how-tos, typed over OpenSSH at ``simulate``."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.simulator.release import FREEBSD_13_2
from tests.support.page_commands import Block, blocks, pages_with_commands, system_of
from tests.support.paths import ROOT
from tests.support.simulate_process import simulate

TRIED = [
    page for page in pages_with_commands() if "<!-- tried:" in page.read_text(encoding="utf-8")
]
DEADLINE = 600.0  # for a command; a site is built within seconds, but the machine may be busy
DISCONNECTED = 255  # of ssh
OF_THE_READER = {"SSH_AUTH_SOCK", "LAGG_TOOL_TARGET", "LAGG_TOOL_SSH_CONFIG"}
SHIM = '#!/bin/sh\nexec {python} -m lagg_tool "$@"\n'

pytestmark = pytest.mark.skipif(
    shutil.which("ssh") is None, reason="ssh is missing; on Debian install openssh-client"
)


class Reader:
    """A reader of a page: a directory and a home of their own, and what ``simulate`` offers."""

    def __init__(self, directory: Path, environment: Path) -> None:
        self._directory = directory
        self._setting_up = f". {shlex.quote(str(environment))}"  # as the page says
        home, programs = directory / "home", directory / "bin"
        for made in (home, programs):
            made.mkdir(parents=True)
        for name in ("docs", "features"):
            (directory / name).symlink_to(ROOT / name)
        program = programs / "lagg-tool"
        program.write_text(SHIM.format(python=sys.executable), encoding="utf-8")
        program.chmod(0o755)
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in OF_THE_READER},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(home),
        }

    def try_block(self, block: Block) -> None:
        """Type the commands of a block; compare what they show with the page."""
        if block.kind == "file":
            path = self._directory / block.what
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            return
        shown, status = "", 0
        for command in block.commands:
            assert status == 0, f"line {block.line}: {shown}"
            done = self._type(block.what, command)
            shown, status = shown + done.stdout + done.stderr, done.returncode
            if command == "reboot" and status == DISCONNECTED:
                status = 0
        assert status == block.status, f"line {block.line}: exit status {status}: {shown}"
        for text in block.shows:
            assert text in shown, f"line {block.line}: no {text!r} in what was shown: {shown}"

    def _type(self, place: str, command: str) -> subprocess.CompletedProcess[str]:
        typed = f"ssh root@nas {shlex.quote(command)}" if place == "nas" else command
        return subprocess.run(
            [shutil.which("bash") or "bash", "-c", f"{self._setting_up}\n{typed}"],
            cwd=self._directory,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE,
        )


@contextlib.contextmanager
def reader_of(page: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # Not tmp_path: the path of a Unix socket must be short.
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary:
        monkeypatch.setenv("TMPDIR", temporary)
        release = system_of(page, FREEBSD_13_2.name)
        with simulate("--os", release, neighbour="host"):
            [environment] = Path(temporary).glob("lagg-tool-simulate-*/environment")
            yield Reader(directory, environment)


@pytest.mark.parametrize("page", TRIED, ids=lambda page: page.stem)
def test_every_command_of_a_page_does_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page.read_text(encoding="utf-8")

    with reader_of(text, tmp_path, monkeypatch) as reader:
        for block in blocks(text):
            reader.try_block(block)


def test_a_command_that_does_not_do_what_the_page_says_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "One\n\n<!-- tried: nas -->\n```sh\nhostname\n```\n<!-- shows: another.test -->\n"

    with (
        reader_of(page, tmp_path, monkeypatch) as reader,
        pytest.raises(AssertionError, match=r"line 3: no 'another\.test' in .*nas\.test"),
    ):
        reader.try_block(*blocks(page))

"""The commands of the tutorial and of the how-tos, typed over OpenSSH at ``simulate``."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.page_commands import Block, blocks
from tests.support.paths import ROOT
from tests.support.simulate_process import simulate

PAGES = [ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "howto").glob("*.md"))]
TRIED = [page for page in PAGES if "<!-- tried:" in page.read_text(encoding="utf-8")]
DEADLINE = 600.0  # against a command that hangs; a loaded machine is slow
# Verbs without a target, or with one of their own.
NO_TARGET = ("cable", "claims", "accept", "audit", "docs")
DISCONNECTED = 255  # of ssh

pytestmark = pytest.mark.skipif(
    shutil.which("ssh") is None, reason="ssh is missing; on Debian install openssh-client"
)


class Reader:
    """A reader of a page: a directory of their own, and a way to a simulated NAS."""

    def __init__(self, directory: Path, config: Path, way: list[str]) -> None:
        self._directory = directory
        self._config = config
        self._way = way

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
        if place == "nas":
            words = ["ssh", "-F", str(self._config), "nas", command]
        else:
            program, *rest = shlex.split(command, comments=True)
            assert program == "lagg-tool"
            words = [sys.executable, "-m", "lagg_tool", *rest]
            if rest[0] not in NO_TARGET:  # the page says that its examples omit this
                words += self._way
        return subprocess.run(
            words,
            cwd=self._directory,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE,
        )


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # Not tmp_path: the path of a Unix socket must be short.
    with tempfile.TemporaryDirectory() as temporary:
        monkeypatch.setenv("TMPDIR", temporary)
        yield from _reader(tmp_path, Path(temporary))


def _reader(tmp_path: Path, temporary: Path) -> Iterator[Reader]:
    with simulate(wires=None) as (_, said):
        [config] = temporary.glob("lagg-tool-simulate-*/ssh_config")
        ssh = said["ssh"]
        way = ["--target", said["url"], "--host-key", ssh["host_key"]]
        yield Reader(tmp_path, config, [*way, "--identity", ssh["identity"]])


@pytest.mark.parametrize("page", TRIED, ids=lambda page: page.stem)
def test_every_command_of_a_page_does_what_the_page_says(page: Path, reader: Reader) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        reader.try_block(block)


def test_a_command_that_does_not_do_what_the_page_says_is_named(reader: Reader) -> None:
    page = "One\n\n<!-- tried: nas -->\n```sh\nhostname\n```\n<!-- shows: another.test -->\n"

    with pytest.raises(AssertionError, match=r"line 3: no 'another\.test' in .*nas\.test"):
        reader.try_block(*blocks(page))


@pytest.mark.parametrize(
    "page",
    ["<!-- tried: nas -->\n\n```sh\nls\n```\n", "```sh\nls\n```\n<!-- shows: x -->\n"],
    ids=["no block", "no commands"],
)
def test_a_mark_out_of_its_place_is_an_error(page: str) -> None:
    with pytest.raises(ValueError, match="out of its place"):
        blocks(page)
